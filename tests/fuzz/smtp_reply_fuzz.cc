// Whatever a mail server says: judged the same however it arrives, and what was read can be written
// and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks/smtp/reply.h"
#include "monitor/assert.h"

namespace {

using hale::checks::smtp::Parse;
using hale::checks::smtp::Reply;

struct Parsed {
  Parse verdict = Parse::kMore;
  Reply reply;
  std::size_t size = 0;
};

Parsed parse(std::string_view data) {
  Parsed parsed;
  parsed.verdict = hale::checks::smtp::parse_reply(data, parsed.reply, parsed.size);
  return parsed;
}

// What was decided on the first bytes is not taken back when more come.
void demand_agreement(const Parsed& whole, const Parsed& part) {
  switch (part.verdict) {
    case Parse::kDone:
      HALE_ASSERT(whole.verdict == Parse::kDone && whole.size == part.size);
      HALE_ASSERT(whole.reply.code == part.reply.code && whole.reply.lines == part.reply.lines);
      break;
    case Parse::kWrong:
      HALE_ASSERT(whole.verdict == Parse::kWrong);
      break;
    case Parse::kMore:
      break;
  }
}

// The first bytes, and those around the end: in between nothing new can happen.
void arrive_in_pieces(std::string_view data, const Parsed& whole) {
  constexpr std::size_t kAtStart = 200;
  constexpr std::size_t kAtEnd = 8;
  for (std::size_t size = 0; size < std::min(data.size(), kAtStart); ++size) {
    demand_agreement(whole, parse(data.substr(0, size)));
  }
  const std::size_t end = whole.verdict == Parse::kDone ? whole.size : data.size();
  for (std::size_t back = 1; back <= std::min(end, kAtEnd); ++back) {
    const Parsed part = parse(data.substr(0, end - back));
    demand_agreement(whole, part);
    HALE_ASSERT(whole.verdict != Parse::kDone || part.verdict == Parse::kMore);
  }
}

std::string written(const Reply& reply) {
  std::string text;
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    text += std::to_string(reply.code) + (i + 1 < reply.lines.size() ? '-' : ' ') + reply.lines[i] +
            "\r\n";
  }
  return text;
}

void look_at(std::string_view data, const Parsed& whole) {
  HALE_ASSERT(whole.size <= data.size() && data[whole.size - 1] == '\n');
  HALE_ASSERT(whole.reply.code >= 200 && whole.reply.code <= 599 && !whole.reply.lines.empty());
  for (const std::string& line : whole.reply.lines) {
    HALE_ASSERT(!line.contains('\n'));
  }
  const Parsed again = parse(written(whole.reply));
  HALE_ASSERT(again.verdict == Parse::kDone && again.reply.lines == whole.reply.lines);
  std::string parameters;
  if (hale::checks::smtp::offers(whole.reply, "AUTH", &parameters)) {
    HALE_ASSERT(parameters.size() <= data.size());
    hale::checks::smtp::has_word(parameters, "PLAIN");
  }
  HALE_ASSERT(!hale::checks::smtp::reply_text(whole.reply).contains('\n'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  const Parsed whole = parse(data);
  if (whole.verdict == Parse::kDone) {
    look_at(data, whole);
  }
  arrive_in_pieces(data, whole);
  return 0;
}
