// Whatever a WebSocket server sends: the head of its answer and its frames, the same whether they
// come at once or a byte at a time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks/websocket/frames.h"
#include "checks/websocket/upgrade.h"
#include "monitor/assert.h"

namespace {

using hale::checks::Judgement;
using hale::checks::websocket::Event;
using hale::checks::websocket::MessageReader;

constexpr std::size_t kLongest = 1000;

// What a reader reports, as text.
std::string read(std::string_view data, std::size_t piece) {
  MessageReader reader(kLongest);
  std::string log;
  while (!data.empty()) {
    std::string_view part = data.substr(0, piece);
    data.remove_prefix(part.size());
    while (true) {
      const Event event = reader.next(part);
      if (event.kind == Event::Kind::kMore) {
        HALE_ASSERT(part.empty());
        break;
      }
      HALE_ASSERT(event.data.size() <= kLongest);
      log += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.code) + ":" +
             event.data + ";";
      if (event.kind == Event::Kind::kWrong || event.kind == Event::Kind::kTooLong) {
        return log;
      }
    }
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  HALE_ASSERT(read(data, size + 1) == read(data, 1));
  hale::checks::websocket::Answer answer;
  const Judgement judgement = hale::checks::websocket::parse_answer(data, answer);
  if (judgement.kind == Judgement::Kind::kDone) {
    HALE_ASSERT(judgement.size <= size);
    hale::checks::websocket::judge_answer(answer, "the sample nonce", "mqtt");
  }
  if (const auto url = hale::checks::websocket::parse_url(data)) {
    HALE_ASSERT(url->port != 0 && !url->host.empty());
    hale::checks::websocket::upgrade_request(*url, "the sample nonce", "", {});
  }
  return 0;
}
