// What an answer is expected to be, and whether it is. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/dns/codes.h"
#include "checks/dns/message.h"
#include "checks/pattern.h"
#include "monitor/check_result.h"

namespace hale::checks::dns {

struct Expectation {
  std::uint16_t rcode = kNoError;
  std::vector<std::string> contains;  // as comparable() makes them
  std::vector<std::string> exactly;   // the same; empty: not asked for
  std::optional<Pattern> regex;
  std::optional<Pattern> not_regex;
  std::int64_t min_answers = 1;  // where the rcode is NOERROR
  bool authoritative = false;
  bool authenticated = false;
};

// Passes, or says what is not as expected. `edns`: the question had an OPT record.
monitor::Outcome judge(const Message& message, const Answers& answers, const Question& question,
                       const Expectation& expected, bool edns);

// "192.0.2.1, 192.0.2.2": what fits into one line of a message.
std::string shown_answers(const std::vector<std::string>& texts);

}  // namespace hale::checks::dns
