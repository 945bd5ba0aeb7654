#include "checks/process/run_process.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <utility>

#include <asio/error.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "checks/process/pipe_reader.h"
#include "checks/process/reaper.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"

namespace hale::checks {
namespace {

using monitor::Duration;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;
using monitor::WaitPoint;
using std::chrono::milliseconds;

using SpawnReply = std::expected<Spawned, SpawnError>;
using SharedReply = std::shared_ptr<SpawnReply>;

constexpr Duration kCleanUp = milliseconds(15);  // from SIGTERM to SIGKILL when cancelled
constexpr Duration kDying = milliseconds(20);    // from SIGKILL to the end

// Wakes a WaitPoint when a process has ended. Loop thread only.
class EndWatch {
 public:
  EndWatch(RunContext& context, const Child& child)
      : point_(std::make_shared<WaitPoint>(context.executor(), context.clock())),
        pidfd_(context.executor(), child.pidfd()) {
    pidfd_.async_wait(asio::posix::descriptor_base::wait_read,
                      [weak = std::weak_ptr(point_)](const asio::error_code& error) {
                        if (const auto point = weak.lock(); point && !error) {
                          point->wake();
                        }
                      });
  }
  ~EndWatch() { pidfd_.release(); }  // the child's
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;
  WaitPoint& point() { return *point_; }

 private:
  std::shared_ptr<WaitPoint> point_;
  asio::posix::basic_stream_descriptor<monitor::Executor> pidfd_;
};

// Sees to it that the child ends, one way or another; true when it ended by itself.
Task<bool> wait_for_end(RunContext& context, const Child& child, TimePoint term_at) {
  EndWatch watch(context, child);
  const Duration left = context.deadline() - term_at;
  WaitPoint::Ended ended = co_await watch.point().wait_until(term_at);
  if (ended == WaitPoint::Ended::kWoken) {
    co_return true;
  }
  // From here on it is a matter of milliseconds, and not to be interrupted.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  child.signal(SIGTERM);
  const TimePoint now = context.clock().now();
  const TimePoint kill_at = ended == WaitPoint::Ended::kTime
                                ? context.deadline() - left / 3
                                : std::min(now + kCleanUp, std::max(now, context.deadline()));
  ended = co_await watch.point().wait_until(kill_at);
  if (ended != WaitPoint::Ended::kWoken) {
    child.signal(SIGKILL);
    co_await watch.point().wait_until(context.clock().now() + kDying);
  }
  co_return false;
}

Task<ProcessReport> attend(RunContext& context, SharedReply reply, std::size_t most_kept) {
  Spawned& spawned = **reply;
  PipeReader output(context, std::move(spawned.output), most_kept);
  PipeReader errors(context, std::move(spawned.errors), most_kept);
  const TimePoint term_at = patience_ends(context);
  ProcessReport report;
  report.timed_out = !co_await wait_for_end(context, spawned.child, term_at);
  spawned.child.signal(SIGKILL);  // whoever it left behind in its group
  if (const auto status = spawned.child.reap()) {
    report.status = *status;
  } else {
    report.gone = false;
    context.services().shared<Reaper>().adopt(std::move(spawned.child));
  }
  output.finish();
  errors.finish();
  report.output = {output.text(), output.discarded()};
  report.errors = {errors.text(), errors.discarded()};
  co_return report;
}

}  // namespace

Task<std::expected<ProcessReport, StartFailure>> run_process(
    RunContext& context, std::shared_ptr<const SpawnSettings> settings, std::string key,
    std::size_t most_kept) {
  context.enter(Phase::kSpawn);
  // Where nobody waits for the reply any more, it kills what it started.
  std::function<SharedReply()> start = [settings] {
    return std::make_shared<SpawnReply>(spawn(*settings));
  };
  const TimePoint give_up = patience_ends(context);
  const std::expected<SharedReply, PoolFailure> reply =
      co_await context.services().files.call(std::move(key), give_up, std::move(start));
  if (!reply) {
    if (reply.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    co_return std::unexpected(StartFailure{.failure = reply.error(), .error = {}});
  }
  if (!**reply) {
    co_return std::unexpected(StartFailure{.failure = {}, .error = (*reply)->error()});
  }
  if (context.verbose()) {
    context.tell("process " + std::to_string((**reply)->child.pid()));
  }
  context.enter(Phase::kRun);
  SharedReply started = *reply;
  ProcessReport report = co_await attend(context, std::move(started), most_kept);
  co_return report;
}

}  // namespace hale::checks
