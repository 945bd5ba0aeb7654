// DNS: what a server sends, the names that people write, and /etc/resolv.conf.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "checks/dns/message.h"
#include "checks/dns/name.h"
#include "checks/dns/resolv_conf.h"
#include "monitor/assert.h"

using hale::checks::dns::answers_to;
using hale::checks::dns::Bytes;
using hale::checks::dns::encode_name;
using hale::checks::dns::kMostNameBytes;
using hale::checks::dns::make_query;
using hale::checks::dns::parse_message;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto message = parse_message(bytes);
  if (message) {
    for (const auto& question : message->questions) {
      HALE_ASSERT(!not_an_answer_to(*message, question) || !message->response ||
                  message->questions.size() != 1 || message->opcode != 0);
      const auto answers = answers_to(*message, question);
      HALE_ASSERT(answers.texts.size() <= message->answers.size());
      // What was read as a name can be written again.
      HALE_ASSERT(encode_name(question.name).has_value());
    }
  } else {
    HALE_ASSERT(!message.error().empty());
  }

  if (const auto name = encode_name(text)) {
    HALE_ASSERT(!name->empty() && name->size() <= kMostNameBytes);
    const auto query = make_query(1, *name, 1, {});
    const auto asked = parse_message(query);
    HALE_ASSERT(asked.has_value() && asked->questions.size() == 1 && !asked->response);
  }
  HALE_ASSERT(hale::checks::dns::name_servers(text).size() <= 3);
  return 0;
}
