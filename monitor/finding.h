// What a check concludes from several facts: one root cause, for as long as it lasts. A check lists
// what it concludes now; the engine knows since when, tells when one appears and when it is gone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hale::monitor {

// How urgent trouble is.
enum class Severity : std::uint8_t { kPage, kTicket, kInfo };
inline constexpr int kSeverityCount = 3;
std::string_view to_string(Severity severity);

// How sure the check is: kHigh where what it says was seen, kLow where a part was guessed.
enum class Confidence : std::uint8_t { kHigh, kLow };
std::string_view to_string(Confidence confidence);

struct Finding {
  std::string kind;  // one that the type's descriptor declares: "port_conflict"
  // Tells the root causes of a kind apart, and stays the same from run to run: the names of what
  // it is about, without counts and process ids. Unique within a check and kind.
  std::string key;
  Severity severity = Severity::kTicket;
  Confidence confidence = Confidence::kHigh;
  std::string message;                // one line for people that names the cause; may change
  std::vector<std::string> evidence;  // a line each: what it was concluded from
  bool operator==(const Finding&) const = default;
};

}  // namespace hale::monitor
