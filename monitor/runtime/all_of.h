// Tasks side by side, all of them to their ends. A cancelled waiter cancels them all, waits for
// their ends, since they may refer to what is the waiter's, and then throws operation_aborted.
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <expected>
#include <utility>
#include <vector>

#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>

#include "monitor/runtime/task.h"
#include "monitor/runtime/task_group.h"

namespace hale::monitor {

// What each came to, its value or the exception that escaped it, in the order of `tasks`, in which
// they start as well. T must be default constructible. Loop thread only.
template <class T>
Task<std::vector<std::expected<T, std::exception_ptr>>> all_of(Executor executor,
                                                               std::vector<Task<T>> tasks) {
  using Ended = std::expected<T, std::exception_ptr>;
  std::vector<Ended> ends(tasks.size());
  std::deque<asio::cancellation_signal> signals(tasks.size());
  TaskGroup group(executor);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    auto done = [end = &ends[i]](const std::exception_ptr& error, T value) {
      *end = error ? Ended(std::unexpect, error) : Ended(std::move(value));
    };
    group.spawn(std::move(tasks[i]), std::move(done), signals[i].slot());
  }
  co_await group.join();
  if (group.active() > 0) {
    for (asio::cancellation_signal& signal : signals) {
      signal.emit(asio::cancellation_type::terminal);
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await group.join();
    throw asio::system_error(asio::error::operation_aborted);
  }
  co_return ends;
}

}  // namespace hale::monitor
