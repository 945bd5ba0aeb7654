#include "ingest/statsd_listener.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <poll.h>
#include <sys/socket.h>

#include "ingest/statsd_reader.h"
#include "monitor/runtime/background_thread.h"

namespace hale::ingest {

using monitor::ListeningSocket;

namespace {

// Datagrams that one system call reads.
constexpr std::size_t kBatch = 32;
// What is read of one socket before the others, and whoever waits for the operations, have their
// turn: some ten milliseconds' worth.
constexpr int kBatchesInARow = 16;
constexpr std::size_t kBytesInARow = 512 * 1024;
// Of datagrams that are read into the operations at a time: a millisecond's worth.
constexpr std::size_t kBytesALock = 32 * 1024;
// Where datagrams come one after the other, reading each as it comes costs twice what reading them
// together does, for the wake-ups: then they are left to gather for this long.
constexpr std::chrono::nanoseconds kGather = std::chrono::microseconds(500);
// The host is short of something, or worse; no sender may stop us for good.
constexpr std::chrono::seconds kRetryAfter(1);

// Room for what comes while the thread does not run. As much as we may have.
void enlarge_buffer(int fd) {
  const int size = 8 * 1024 * 1024;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }
}

// Where datagrams of one system call are read to; shared by all sockets.
class Batch {
 public:
  // Only what is really used of it takes memory.
  Batch()
      : memory_(std::make_unique_for_overwrite<char[]>(kBatch * StatsdListener::kMaxDatagram)) {}

  // How many were read; -1 with errno set.
  int receive(int fd) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {.iov_base = memory_.get() + i * StatsdListener::kMaxDatagram,
                   .iov_len = StatsdListener::kMaxDatagram};
      messages_[i].msg_hdr = {};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = control_[i].data();
      messages_[i].msg_hdr.msg_controllen = control_[i].size();
    }
    return recvmmsg(fd, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  }

  bool is_truncated(std::size_t i) const {
    return (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  }
  // Whole lines only.
  std::string_view text(std::size_t i) const {
    std::string_view all(memory_.get() + i * StatsdListener::kMaxDatagram, messages_[i].msg_len);
    if (is_truncated(i)) {
      const std::size_t last_end = all.rfind('\n');
      all = all.substr(0, last_end == std::string_view::npos ? 0 : last_end);
    }
    return all;
  }
  // How many the kernel has dropped on this socket since it was opened, modulo 2^32; absent: none,
  // or it does not tell.
  std::optional<std::uint32_t> dropped(std::size_t i) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&messages_[i].msg_hdr); header != nullptr;
         header = CMSG_NXTHDR(&messages_[i].msg_hdr, header)) {
      if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t count = 0;
        std::memcpy(&count, CMSG_DATA(header), sizeof(count));
        return count;
      }
    }
    return std::nullopt;
  }

 private:
  std::unique_ptr<char[]> memory_;
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
  alignas(
      cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(std::uint32_t))>, kBatch> control_{};
};

}  // namespace

class StatsdListener::Loop {
 public:
  Loop(std::vector<ListeningSocket> sockets, double seconds_per_unit,
       monitor::Operations& operations, const monitor::Clock& clock, Handlers handlers)
      : operations_(operations),
        clock_(clock),
        handlers_(std::move(handlers)),
        reader_(operations, seconds_per_unit) {
    for (ListeningSocket& socket : sockets) {
      enlarge_buffer(socket.fd());
      const int on = 1;
      setsockopt(socket.fd(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
      sources_.push_back(std::make_unique<Source>(loop_, std::move(socket)));
    }
  }
  ~Loop() { stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start() {
    for (const auto& source : sources_) {
      wait(*source);
    }
    thread_ = std::thread([this] { run(); });
  }

  void stop() {
    stopping_ = true;
    loop_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  struct Source {
    Source(asio::io_context& loop, ListeningSocket own_socket)
        : socket(std::move(own_socket)), descriptor(loop, socket.fd()), retry(loop) {}
    ~Source() { descriptor.release(); }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    ListeningSocket socket;
    asio::posix::stream_descriptor descriptor;  // of the socket, which owns it
    asio::steady_timer retry;
    std::uint32_t dropped = 0;
  };

  void run() {
    // Nicer than the API, which answers probes.
    constexpr int kNiceness = 10;
    monitor::begin_background_thread("hale-statsd", kNiceness);
    const auto work = asio::make_work_guard(loop_);
    while (!loop_.stopped()) {
      try {
        loop_.run();
      } catch (const std::exception& error) {
        handlers_.log(std::string("unexpected: ") + error.what());
      }
    }
  }

  void wait(Source& source) {
    source.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 [this, &source](const asio::error_code& error) {
                                   if (error != asio::error::operation_aborted) {
                                     read(source);
                                   }
                                 });
  }

  void read(Source& source) {
    std::expected<std::size_t, std::string> count = 0;
    try {
      count = read_waiting(source);
    } catch (const std::exception& error) {  // no memory
      count = std::unexpected(error.what());
    }
    if (!count) {
      handlers_.log("cannot read StatsD from " + to_string(source.socket.address()) + ": " +
                    count.error());
      retry_later(source);
    } else if (*count > 1) {
      gather();
      asio::post(loop_, [this, &source] { read(source); });
    } else {
      wait(source);
    }
  }

  // How many datagrams were there; or why none can be read.
  std::expected<std::size_t, std::string> read_waiting(Source& source) {
    std::size_t all = 0;
    std::size_t bytes = 0;
    for (int i = 0; i < kBatchesInARow && bytes < kBytesInARow && !stopping_; ++i) {
      const int count = batch_.receive(source.socket.fd());
      if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return std::unexpected(std::generic_category().message(errno));
      }
      if (count <= 0) {
        break;
      }
      bytes += take(source, static_cast<std::size_t>(count));
      all += static_cast<std::size_t>(count);
      if (static_cast<std::size_t>(count) < kBatch) {
        break;
      }
    }
    return all;
  }

  void retry_later(Source& source) {
    source.retry.expires_after(kRetryAfter);
    source.retry.async_wait([this, &source](const asio::error_code& aborted) {
      if (!aborted) {
        read(source);
      }
    });
  }

  // Not by a timer of the loop: the loop would be woken by each datagram all the same.
  static void gather() {
    const timespec pause{.tv_sec = 0, .tv_nsec = kGather.count()};
    ppoll(nullptr, 0, &pause, nullptr);
  }

  // How many bytes they had.
  std::size_t take(Source& source, std::size_t count) {
    std::size_t all_bytes = 0;
    std::uint64_t truncated = 0;
    checks_.clear();
    std::size_t next = 0;
    while (next < count) {
      // As many as are soon done with, since others wait for the operations meanwhile.
      monitor::Operations::Writer writer(operations_, monitor::IngestSource::kStatsd, clock_.now(),
                                         clock_.wall_now());
      for (std::size_t bytes = 0; next < count && bytes < kBytesALock; ++next) {
        const std::string_view text = batch_.text(next);
        reader_.read(text, writer, checks_);
        truncated += batch_.is_truncated(next) ? 1 : 0;
        bytes += text.size();
        all_bytes += text.size();
      }
    }
    operations_.counters().receive(count, truncated);
    if (const auto dropped = batch_.dropped(count - 1)) {
      operations_.counters().drop(*dropped - source.dropped);
      source.dropped = *dropped;
    }
    for (ServiceCheck& check : checks_) {
      handlers_.on_service_check(std::move(check));
    }
    return all_bytes;
  }

  monitor::Operations& operations_;
  const monitor::Clock& clock_;
  Handlers handlers_;
  StatsdReader reader_;
  Batch batch_;
  std::vector<ServiceCheck> checks_;
  std::atomic<bool> stopping_{false};
  asio::io_context loop_{1};
  std::vector<std::unique_ptr<Source>> sources_;
  std::thread thread_;
};

StatsdListener::StatsdListener(std::vector<ListeningSocket> sockets, double seconds_per_unit,
                               monitor::Operations& operations, const monitor::Clock& clock,
                               Handlers handlers)
    : loop_(std::make_unique<Loop>(std::move(sockets), seconds_per_unit, operations, clock,
                                   std::move(handlers))) {}

StatsdListener::~StatsdListener() = default;

void StatsdListener::start() {
  loop_->start();
}
void StatsdListener::stop() {
  loop_->stop();
}

}  // namespace hale::ingest
