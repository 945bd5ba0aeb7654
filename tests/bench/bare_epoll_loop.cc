#include "tests/bench/bare_epoll_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace hale::bench {
namespace {

constexpr std::uint32_t kNobody = UINT32_MAX;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Slot {
  sockaddr_in address{};
  std::int64_t deadline = 0;
  int fd = -1;  // -1: not in flight
  std::uint32_t before = kNobody;
  std::uint32_t after = kNobody;
};

class BareLoop {
 public:
  explicit BareLoop(const TcpTargets& targets)
      : interval_(targets.interval.count()),
        timeout_(targets.timeout.count()),
        slots_(targets.checks),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    HALE_ASSERT(epoll_ >= 0);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].address.sin_family = AF_INET;
      slots_[i].address.sin_port = htons(targets.port_of(i));
      slots_[i].address.sin_addr.s_addr = htonl(TcpTargets::address_of(i));
    }
  }
  ~BareLoop() { ::close(epoll_); }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  BareLoopCounts run(std::int64_t duration) {
    const std::int64_t began = now_ns();
    std::int64_t now = began;
    for (; now - began < duration; now = now_ns()) {
      start_due(began, now);
      wait(began, now);
    }
    while (first_ != kNobody) {
      end(first_);
    }
    return counts_;
  }

 private:
  // The check that starts n-th is due at began + n * interval / checks: no queue is needed.
  std::int64_t due(std::int64_t began) const {
    return began + static_cast<std::int64_t>(started_) * interval_ /
                       static_cast<std::int64_t>(slots_.size());
  }

  void start_due(std::int64_t began, std::int64_t now) {
    while (due(began) <= now) {
      const auto index = static_cast<std::uint32_t>(started_ % slots_.size());
      ++started_;
      if (slots_[index].fd < 0) {
        start(index, now);
      }
    }
  }

  void start(std::uint32_t index, std::int64_t now) {
    Slot& slot = slots_[index];
    slot.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (slot.fd < 0) {
      ++counts_.failed;
      return;
    }
    slot.deadline = now + timeout_;
    append(index);
    // NOLINTNEXTLINE: the sockets API takes every kind of address by this pointer
    const auto* const address = reinterpret_cast<const sockaddr*>(&slot.address);
    const int connected = ::connect(slot.fd, address, sizeof(slot.address));
    if (connected != 0 && errno != EINPROGRESS) {
      ++counts_.failed;
      return end(index);
    }
    if (connected == 0) {
      ++counts_.connected;
      return end(index);
    }
    epoll_event interest{};
    interest.events = EPOLLOUT;
    interest.data.u32 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.fd, &interest);
  }

  void wait(std::int64_t began, std::int64_t now) {
    std::int64_t next = due(began);
    if (first_ != kNobody) {
      next = std::min(next, slots_[first_].deadline);
    }
    const auto patience =
        static_cast<int>(std::max<std::int64_t>(0, next - now + 999'999) / 1'000'000);
    const int ready =
        ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), patience);
    for (int i = 0; i < ready; ++i) {
      const std::uint32_t index = events_[static_cast<std::size_t>(i)].data.u32;
      int error = 0;
      socklen_t size = sizeof(error);
      ::getsockopt(slots_[index].fd, SOL_SOCKET, SO_ERROR, &error, &size);
      ++(error == 0 ? counts_.connected : counts_.failed);
      end(index);
    }
    while (first_ != kNobody && slots_[first_].deadline <= now) {
      ++counts_.timed_out;
      end(first_);
    }
  }

  void append(std::uint32_t index) {
    slots_[index].before = last_;
    slots_[index].after = kNobody;
    (last_ == kNobody ? first_ : slots_[last_].after) = index;
    last_ = index;
  }

  void end(std::uint32_t index) {
    Slot& slot = slots_[index];
    ::close(slot.fd);  // and leaves epoll by that
    slot.fd = -1;
    (slot.before == kNobody ? first_ : slots_[slot.before].after) = slot.after;
    (slot.after == kNobody ? last_ : slots_[slot.after].before) = slot.before;
  }

  std::int64_t interval_;
  std::int64_t timeout_;
  std::vector<Slot> slots_;
  int epoll_;
  std::array<epoll_event, 256> events_{};
  std::uint64_t started_ = 0;
  std::uint32_t first_ = kNobody;  // in flight, by deadline
  std::uint32_t last_ = kNobody;
  BareLoopCounts counts_;
};

}  // namespace

BareLoopCounts run_bare_epoll_loop(const TcpTargets& targets, monitor::Duration duration) {
  return BareLoop(targets).run(duration.count());
}

}  // namespace hale::bench
