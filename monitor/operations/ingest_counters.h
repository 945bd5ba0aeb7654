// What is sent in, by whom, and why some of it is not taken.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hale::monitor {

enum class IngestSource : std::uint8_t { kStatsd, kObserve };
inline constexpr std::size_t kIngestSourceCount = 2;
std::string_view to_string(IngestSource source);  // "statsd", "observe"

// A closed list; its words are a label.
enum class Rejection : std::uint8_t {
  kMalformed,     // not in the form that the source has
  kType,          // something that hale has no use for, or the name has another type already
  kName,          // see is_operation_name()
  kLabel,         // the value of a label that is no line of UTF-8
  kValue,         // no number, or one that cannot be: a negative duration
  kRate,          // of sampling: above 1, or not above 0
  kTooMany,       // max_operations is reached
  kUnknownCheck,  // a service check that names no heartbeat
  kForbidden,     // one for a heartbeat that wants a token, which the source cannot carry
  kOverloaded     // one that came while too many waited for the engine
};
inline constexpr std::size_t kRejectionCount = 10;
std::string_view to_string(Rejection rejection);  // "malformed", ...

// Since the start.
struct IngestStats {
  std::array<std::uint64_t, kIngestSourceCount> taken{};  // values: a packed line holds several
  std::array<std::array<std::uint64_t, kRejectionCount>, kIngestSourceCount> rejected{};
  std::uint64_t datagrams = 0;
  std::uint64_t truncated = 0;  // datagrams longer than what is read of one
  std::uint64_t dropped = 0;    // datagrams that the kernel had no room for
};

// Counts all that. Any thread, without locks.
class IngestCounters {
 public:
  void take(IngestSource source, std::uint64_t count = 1) { add(taken_[index(source)], count); }
  void reject(IngestSource source, Rejection rejection, std::uint64_t count = 1) {
    add(rejected_[index(source)][static_cast<std::size_t>(rejection)], count);
  }
  void receive(std::uint64_t datagrams, std::uint64_t truncated) {
    add(datagrams_, datagrams);
    add(truncated_, truncated);
  }
  void drop(std::uint64_t datagrams) { add(dropped_, datagrams); }
  IngestStats snapshot() const;

 private:
  using Counter = std::atomic<std::uint64_t>;
  static std::size_t index(IngestSource source) { return static_cast<std::size_t>(source); }
  static void add(Counter& counter, std::uint64_t count) {
    counter.fetch_add(count, std::memory_order_relaxed);
  }

  std::array<Counter, kIngestSourceCount> taken_{};
  std::array<std::array<Counter, kRejectionCount>, kIngestSourceCount> rejected_{};
  Counter datagrams_{0};
  Counter truncated_{0};
  Counter dropped_{0};
};

}  // namespace hale::monitor
