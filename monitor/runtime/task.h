// The coroutine type of the project, on the executor of one io_context. Naming the executor type
// instead of any_io_executor saves a virtual call and an allocation for each operation.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

namespace hale::monitor {

using Executor = asio::io_context::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> kUseTask{};

}  // namespace hale::monitor
