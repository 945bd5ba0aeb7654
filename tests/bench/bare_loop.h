// What a check is measured against: the same exchange made by a plain epoll loop, as a careful C
// programmer would write it. What it costs is the kernel's price. Used on one thread.
//
// Nothing is allocated for an exchange: a check is a slot in an array made before. Since all checks
// share one timeout, those in flight form a list in the order of their deadlines, and only its head
// has to be looked at.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

#include "tests/bench/targets.h"

namespace hale::bench {

struct BareLoopCounts {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;  // by the loop's own deadline
  std::uint64_t ended() const { return done + failed + timed_out; }
};

class BareLoop {
 public:
  explicit BareLoop(const Targets& targets);
  virtual ~BareLoop();
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  // Begins an exchange with each target once an interval, evenly spread over it, for `duration`;
  // then closes what is still in flight.
  BareLoopCounts run(monitor::Duration duration);

 protected:
  struct Begun {
    int fd = -1;               // -1: it failed
    std::uint32_t events = 0;  // to be waited for; 0: it is over already
  };
  enum class Step { kGoesOn, kDone, kFailed };

  virtual Begun begin(std::uint32_t check) = 0;
  virtual Step proceed(std::uint32_t check, int fd, std::uint32_t events) = 0;

  const Targets& targets() const { return targets_; }

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  struct Slot {
    std::int64_t deadline = 0;
    int fd = -1;  // -1: not in flight
    std::uint32_t before = kNobody;
    std::uint32_t after = kNobody;
  };

  std::int64_t due(std::int64_t began) const;
  void start_due(std::int64_t began, std::int64_t now);
  void start(std::uint32_t check, std::int64_t now);
  void wait(std::int64_t began, std::int64_t now);
  void append(std::uint32_t check);
  void end(std::uint32_t check, std::uint64_t& count);

  Targets targets_;
  std::vector<Slot> slots_;
  int epoll_;
  std::array<epoll_event, 256> events_{};
  std::uint64_t started_ = 0;
  std::uint32_t first_ = kNobody;  // in flight, by deadline
  std::uint32_t last_ = kNobody;
  BareLoopCounts counts_;
};

std::int64_t now_ns();  // of the monotonic clock

}  // namespace hale::bench
