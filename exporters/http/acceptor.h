// Takes connections from one listening socket, on the loop of the HTTP server.
//
// In place of RESTinio 0.6.16's own acceptor, which stops for good at the first accept(2) that
// fails, for want of descriptors say, and which loses one place for a connection with each client
// that has gone before it is looked at.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "monitor/runtime/listening_socket.h"

namespace hale::exporters {

class Acceptor {
 public:
  // `on_connection` owns the descriptor that it is called with; it is non-blocking and closed on
  // exec.
  Acceptor(asio::io_context& loop, monitor::ListeningSocket socket,
           std::function<void(int)> on_connection, std::function<void(std::string_view)> log);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start();
  const monitor::ListenAddress& address() const { return socket_.address(); }

 private:
  void wait();
  void accept_waiting();
  void retry_later(int error);

  monitor::ListeningSocket socket_;
  asio::posix::stream_descriptor descriptor_;  // of socket_, which owns it
  asio::steady_timer retry_;
  std::function<void(int)> on_connection_;
  std::function<void(std::string_view)> log_;
  bool out_of_resources_ = false;  // and has said so
};

}  // namespace hale::exporters
