#include "exporters/http/acceptor.h"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace hale::exporters {
namespace {

// Connections taken in one go, before others on the loop have their turn.
constexpr int kBatch = 64;
constexpr std::chrono::milliseconds kRetryAfter(100);

// The agent or the host has run out of something; other errors are the connection's own.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(asio::io_context& loop, monitor::ListeningSocket socket,
                   std::function<void(int)> on_connection,
                   std::function<void(std::string_view)> log)
    : socket_(std::move(socket)),
      descriptor_(loop, socket_.fd()),
      retry_(loop),
      on_connection_(std::move(on_connection)),
      log_(std::move(log)) {}

Acceptor::~Acceptor() {
  descriptor_.release();
}

void Acceptor::start() {
  wait();
}

void Acceptor::wait() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const asio::error_code& error) {
                           if (error != asio::error::operation_aborted) {
                             accept_waiting();
                           }
                         });
}

void Acceptor::accept_waiting() {
  for (int i = 0; i < kBatch; ++i) {
    const int fd = accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK) {
        break;
      }
      if (is_shortage(error)) {
        retry_later(error);
        return;
      }
      continue;  // that client has gone again
    }
    out_of_resources_ = false;
    if (socket_.is_internet()) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    on_connection_(fd);
  }
  wait();
}

void Acceptor::retry_later(int error) {
  if (!out_of_resources_) {
    out_of_resources_ = true;
    log_("cannot take connections on " + to_string(socket_.address()) + ": " +
         std::generic_category().message(error));
  }
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](const asio::error_code& aborted) {
    if (!aborted) {
      accept_waiting();
    }
  });
}

}  // namespace hale::exporters
