#include "monitor/runtime/task_group.h"

#include <asio/experimental/as_tuple.hpp>

#include "monitor/assert.h"

namespace hale::monitor {

TaskGroup::TaskGroup(Executor executor)
    : executor_(executor), state_(std::make_shared<State>(executor)) {}

TaskGroup::~TaskGroup() {
  HALE_ASSERT(state_->active == 0);
}

void TaskGroup::Token::release() {
  if (!state_) {
    return;
  }
  const std::shared_ptr<State> state = std::move(state_);
  if (--state->active == 0) {
    state->empty.cancel();
  }
}

Task<> TaskGroup::join() {
  const std::shared_ptr<State> state = state_;
  while (state->active > 0) {
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none) {
      co_return;
    }
    co_await state->empty.async_wait(asio::experimental::as_tuple(kUseTask));
  }
}

void TaskGroup::abandon() {
  closed_ = true;
  state_ = std::make_shared<State>(executor_);
}

}  // namespace hale::monitor
