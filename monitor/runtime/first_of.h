// Two tasks, one outcome: the first to end wins, by value or by exception, and the other is
// cancelled and awaited. Asio's `||` is not used: it waits for the first *success*, so a refused
// connection would be reported as a timeout (asio#900).
//
// A cancelled waiter cancels both; then operation_aborted is thrown.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/system_error.hpp>

#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::monitor {

// A and B must be default constructible.
template <class A, class B>
Task<std::variant<A, B>> first_of(Executor executor, Task<A> a, Task<B> b) {
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(a), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(b), asio::experimental::deferred));
  auto [order, error_a, value_a, error_b, value_b] =
      co_await group.async_wait(asio::experimental::wait_for_one(), kUseTask);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  const bool a_won = order[0] == 0;
  const std::exception_ptr error = a_won ? error_a : error_b;
  if (error) {
    std::rethrow_exception(error);
  }
  std::variant<A, B> outcome;
  if (a_won) {
    outcome.template emplace<0>(std::move(value_a));
  } else {
    outcome.template emplace<1>(std::move(value_b));
  }
  co_return outcome;
}

// The task's value, or nullopt when `deadline` came first and the task was cancelled.
template <class T>
Task<std::optional<T>> with_deadline(Executor executor, Clock& clock, TimePoint deadline,
                                     Task<T> task) {
  Task<bool> sleep = sleep_until(executor, clock, deadline);
  auto first = co_await first_of<T, bool>(executor, std::move(task), std::move(sleep));
  std::optional<T> outcome;
  if (first.index() == 0) {
    outcome = std::move(std::get<0>(first));
  }
  co_return outcome;
}

}  // namespace hale::monitor
