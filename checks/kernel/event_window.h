// What the kernel did lately, so that an event of one moment is seen by every run for a while.
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "checks/kernel/kernel_log.h"
#include "monitor/time.h"

namespace hale::checks {

class KernelEventWindow {
 public:
  explicit KernelEventWindow(monitor::Duration length) : length_(length) {}

  // `count` may be 0: the event was counted already, this says whom it was about. An event that is
  // older than the window is none.
  void add(KernelTrouble trouble, monitor::TimePoint when, std::uint64_t count, std::string about,
           monitor::TimePoint now);

  // Forgets what is older than the window.
  void move_to(monitor::TimePoint now);

  std::uint64_t count(KernelTrouble trouble) const;
  // Whom they were about, each once, the latest first, at most three.
  std::vector<std::string> about(KernelTrouble trouble) const;
  monitor::Duration length() const { return length_; }

 private:
  struct Event {
    KernelTrouble trouble;
    monitor::TimePoint when;
    std::uint64_t count;
    std::string about;
  };

  static constexpr std::size_t kMostEvents = 1000;

  monitor::Duration length_;
  std::deque<Event> events_;  // as they were told
};

}  // namespace hale::checks
