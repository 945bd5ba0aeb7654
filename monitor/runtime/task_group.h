// The only way to start a coroutine that nobody awaits. A group counts what runs in it, hands over
// what comes out of it, refuses after close(), and asserts in its destructor that it is empty:
// nothing is detached, no exception vanishes.
//
// Loop thread only. The owner closes the group, cancels what runs through the slots it gave, and
// then joins; a task that will not end is given up with abandon().
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>

#include "monitor/runtime/task.h"

namespace hale::monitor {

class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `task`; false after close(), and the task never starts. When it ends, `done` is called
  // on the loop: done(exception_ptr, T) or, for a Task<>, done(exception_ptr); the pointer is null
  // unless an exception escaped. T must be default constructible. A signal emitted on `slot`
  // cancels the task.
  template <class T, class Done>
  bool spawn(Task<T> task, Done done, asio::cancellation_slot slot = {});

  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  std::size_t active() const { return state_->active; }

  // Waits until the group is empty, or, when the waiting coroutine is cancelled, no longer.
  Task<> join();

  // Lets go of tasks that ignore their cancellation: they no longer count. Their `done` still runs
  // if they ever end, so it must not refer to anything that may be gone.
  void abandon();

 private:
  struct State {
    explicit State(Executor executor) : empty(executor, asio::steady_timer::time_point::max()) {}
    std::size_t active = 0;
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>
        empty;  // never expires; cancelled to say that the group became empty
  };

  // Counts one task for as long as its completion handler exists, called or not.
  class Token {
   public:
    explicit Token(std::shared_ptr<State> state) : state_(std::move(state)) { ++state_->active; }
    Token(Token&& other) noexcept = default;
    Token& operator=(Token&&) = delete;
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token() { release(); }
    void release();

   private:
    std::shared_ptr<State> state_;
  };

  Executor executor_;
  std::shared_ptr<State> state_;
  bool closed_ = false;
};

template <class T, class Done>
bool TaskGroup::spawn(Task<T> task, Done done, asio::cancellation_slot slot) {
  if (closed_) {
    return false;
  }
  auto finish = [token = Token(state_), done = std::move(done)](auto&&... outcome) mutable {
    token.release();
    done(std::forward<decltype(outcome)>(outcome)...);
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(slot, std::move(finish)));
  return true;
}

}  // namespace hale::monitor
