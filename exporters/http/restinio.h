// RESTinio 0.6.16 as this server uses it: the connection (parser, timeouts, pipelining, writing),
// but not its acceptor; see acceptor.h. Included by status_server.cc only, for what it costs to
// compile.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <asio.hpp>
#include <restinio/version.hpp>

static_assert(RESTINIO_VERSION >= RESTINIO_VERSION_MAKE(0, 6, 16) &&
                  RESTINIO_VERSION < RESTINIO_VERSION_MAKE(0, 7, 0),
              "restinio::impl is used here: look at it again for another version");

namespace asio {

// RESTinio logs a status line by way of this function, which ASIO_NO_DEPRECATED removes. That macro
// changes what Asio's own functions return, so that it must be the same in all of the program.
template <class Pointer>
Pointer buffer_cast(const const_buffer& buffer) {
  return static_cast<Pointer>(buffer.data());
}

}  // namespace asio

// In the order in which RESTinio's own headers need one another.
// clang-format off
#include <restinio/settings.hpp>
#include <restinio/asio_timer_manager.hpp>
#include <restinio/null_logger.hpp>
#include <restinio/traits.hpp>
#include <restinio/message_builders.hpp>
#include <restinio/impl/connection.hpp>
// clang-format on

namespace hale::exporters {

// A connection's socket, counted for as long as it exists. A Unix socket is one as well: nothing
// that RESTinio does with it is peculiar to TCP.
class CountedSocket : public asio::ip::tcp::socket {
 public:
  CountedSocket(asio::io_context& loop, std::atomic<std::size_t>& count)
      : asio::ip::tcp::socket(loop), place_(&count) {
    count.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  struct GiveBack {
    void operator()(std::atomic<std::size_t>* count) const {
      count->fetch_sub(1, std::memory_order_relaxed);
    }
  };
  std::unique_ptr<std::atomic<std::size_t>, GiveBack> place_;
};

}  // namespace hale::exporters
