#include "tests/sim/sim_check.h"

#include <stdexcept>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>

namespace hale::sim {

using monitor::CheckResult;
using monitor::Phase;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

namespace {

// Listed while it waits, however the wait ends: a coroutine that hangs to the end is destroyed
// together with the loop.
class Listed {
 public:
  Listed(Hung& hung, monitor::WaitPoint& point) : hung_(hung), point_(point) { hung_.add(point_); }
  ~Listed() { hung_.remove(point_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  Hung& hung_;
  monitor::WaitPoint& point_;
};

}  // namespace

Task<CheckResult> SimCheck::run(RunContext& context) {
  observer_.on_start(index_);
  Behaviour behaviour = troubles_.next(index_);
  if (behaviour.end == Behaviour::End::kIsNoCoroutine) {
    observer_.on_throw(index_);
    throw std::runtime_error("no coroutine");
  }
  return look(context, std::move(behaviour));
}

Task<CheckResult> SimCheck::look(RunContext& context, Behaviour behaviour) {
  TimePoint end = context.clock().now() + behaviour.delay;
  if (behaviour.until_deadline) {
    end = context.deadline();
  } else if (behaviour.never) {
    end = TimePoint::max();
  }
  if (end > context.clock().now()) {
    context.enter(Phase::kConnect);
    observer_.on_phase(index_, Phase::kConnect);
    co_await monitor::sleep_until(context.executor(), context.clock(), end);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      observer_.on_cancelled(index_);
      if (behaviour.stubborn > monitor::Duration::zero()) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await go_on(context, behaviour.stubborn);
      }
      if (behaviour.throws_when_cancelled) {
        observer_.on_throw(index_);
        throw asio::system_error(asio::error::operation_aborted);
      }
    }
  }
  if (behaviour.end == Behaviour::End::kThrows) {
    observer_.on_throw(index_);
    throw std::runtime_error("boom");
  }
  observer_.on_answer(index_, behaviour.result);
  co_return std::move(behaviour.result);
}

Task<> SimCheck::go_on(RunContext& context, monitor::Duration duration) {
  context.enter(Phase::kQuery);
  observer_.on_phase(index_, Phase::kQuery);
  if (hung_.released()) {
    co_return;
  }
  monitor::WaitPoint point(context.executor(), context.clock());
  const Listed listed(hung_, point);
  const TimePoint end = context.clock().now() + duration;
  co_await point.wait_until(end);
}

}  // namespace hale::sim
