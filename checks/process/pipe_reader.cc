#include "checks/process/pipe_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <asio/posix/basic_stream_descriptor.hpp>
#include <unistd.h>

#include "monitor/runtime/clock.h"

namespace hale::checks {
namespace {

constexpr std::size_t kPipeBytes = std::size_t{64} << 10U;  // what the kernel keeps by default
constexpr monitor::Duration kFloodPause = std::chrono::microseconds(15'625);

enum class Took { kSome, kNothingNow, kEnd };

}  // namespace

struct PipeReader::State : std::enable_shared_from_this<State> {
  State(monitor::RunContext& context, FileDescriptor fd, std::size_t kept)
      : clock(context.clock()), most(kept), pipe(context.executor(), fd.release()) {}

  // A pipe full at most.
  Took take() {
    std::array<char, 16384> chunk;
    for (std::size_t taken = 0; taken < kPipeBytes;) {
      const ssize_t got = ::read(pipe.native_handle(), chunk.data(), chunk.size());
      if (got == 0) {
        return Took::kEnd;
      }
      if (got < 0 && errno != EINTR) {
        return errno == EAGAIN ? Took::kNothingNow : Took::kEnd;
      }
      if (got > 0) {
        const auto bytes = static_cast<std::size_t>(got);
        const std::size_t kept = std::min(bytes, most - text.size());
        text.append(chunk.data(), kept);
        discarded += bytes - kept;
        taken += bytes;
      }
    }
    return Took::kSome;
  }

  void wait() {
    pipe.async_wait(asio::posix::descriptor_base::wait_read,
                    [self = weak_from_this()](const asio::error_code& error) {
                      if (const auto state = self.lock(); state && !error) {
                        state->on_readable();
                      }
                    });
  }

  void on_readable() {
    if (!pipe.is_open() || take() == Took::kEnd) {
      return;
    }
    if (discarded == 0) {
      return wait();
    }
    if (!pause) {
      pause = clock.make_alarm([this] { wait(); });
    }
    pause->arm(clock.now() + kFloodPause);
  }

  void finish() {
    if (!pipe.is_open()) {
      return;
    }
    pause.reset();
    // A full pipe, and as much again of what is written meanwhile.
    for (int rounds = 0; rounds < 2 && take() == Took::kSome; ++rounds) {
    }
    asio::error_code ignored;
    pipe.close(ignored);
  }

  monitor::Clock& clock;
  std::size_t most;
  std::string text;
  std::uint64_t discarded = 0;
  asio::posix::basic_stream_descriptor<monitor::Executor> pipe;
  std::unique_ptr<monitor::Alarm> pause;
};

PipeReader::PipeReader(monitor::RunContext& context, FileDescriptor pipe, std::size_t most_kept)
    : state_(std::make_shared<State>(context, std::move(pipe), most_kept)) {
  state_->wait();
}

PipeReader::~PipeReader() {
  state_->finish();
}

void PipeReader::finish() {
  state_->finish();
}

const std::string& PipeReader::text() const {
  return state_->text;
}

std::uint64_t PipeReader::discarded() const {
  return state_->discarded;
}

}  // namespace hale::checks
