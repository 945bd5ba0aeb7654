#include "tests/bench/bare_loop.h"

#include <algorithm>
#include <cstddef>

#include <time.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace hale::bench {

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

BareLoop::BareLoop(const Targets& targets)
    : targets_(targets), slots_(targets.checks), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  HALE_ASSERT(epoll_ >= 0);
}

BareLoop::~BareLoop() {
  ::close(epoll_);
}

BareLoopCounts BareLoop::run(monitor::Duration duration) {
  const std::int64_t began = now_ns();
  for (std::int64_t now = began; now - began < duration.count(); now = now_ns()) {
    start_due(began, now);
    wait(began, now);
  }
  std::uint64_t unfinished = 0;
  while (first_ != kNobody) {
    end(first_, unfinished);
  }
  return counts_;
}

// The check that starts n-th is due at began + n * interval / checks: no queue is needed.
std::int64_t BareLoop::due(std::int64_t began) const {
  return began + static_cast<std::int64_t>(started_) * targets_.interval.count() /
                     static_cast<std::int64_t>(slots_.size());
}

void BareLoop::start_due(std::int64_t began, std::int64_t now) {
  while (due(began) <= now) {
    const auto check = static_cast<std::uint32_t>(started_ % slots_.size());
    ++started_;
    if (slots_[check].fd < 0) {
      start(check, now);
    }
  }
}

void BareLoop::start(std::uint32_t check, std::int64_t now) {
  const Begun begun = begin(check);
  Slot& slot = slots_[check];
  slot.fd = begun.fd;
  if (begun.fd < 0) {
    ++counts_.failed;
    return;
  }
  slot.deadline = now + targets_.timeout.count();
  append(check);
  if (begun.events == 0) {
    return end(check, counts_.done);
  }
  epoll_event interest{};
  interest.events = begun.events;
  interest.data.u32 = check;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.fd, &interest);
}

void BareLoop::wait(std::int64_t began, std::int64_t now) {
  std::int64_t next = due(began);
  if (first_ != kNobody) {
    next = std::min(next, slots_[first_].deadline);
  }
  const auto patience =
      static_cast<int>(std::max<std::int64_t>(0, next - now + 999'999) / 1'000'000);
  const int ready =
      ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), patience);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    const std::uint32_t check = event.data.u32;
    const Step step = proceed(check, slots_[check].fd, event.events);
    if (step != Step::kGoesOn) {
      end(check, step == Step::kDone ? counts_.done : counts_.failed);
    }
  }
  while (first_ != kNobody && slots_[first_].deadline <= now) {
    end(first_, counts_.timed_out);
  }
}

void BareLoop::append(std::uint32_t check) {
  slots_[check].before = last_;
  slots_[check].after = kNobody;
  (last_ == kNobody ? first_ : slots_[last_].after) = check;
  last_ = check;
}

void BareLoop::end(std::uint32_t check, std::uint64_t& count) {
  ++count;
  Slot& slot = slots_[check];
  ::close(slot.fd);  // and leaves epoll by that
  slot.fd = -1;
  (slot.before == kNobody ? first_ : slots_[slot.before].after) = slot.after;
  (slot.after == kNobody ? last_ : slots_[slot.after].before) = slot.before;
}

}  // namespace hale::bench
