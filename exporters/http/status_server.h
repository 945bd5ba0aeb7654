// The HTTP server of the status API: a thread with an event loop of its own, at a lower priority
// than the engine's. It reads the board and sends commands; nothing that a client does, or fails to
// do, reaches further than this thread.
//
// Limits: a client has `client_timeout` to send a complete request, counted from its connection or
// from the last answer, and as long to take an answer, so that neither silent nor dripping nor deaf
// ones keep their place; beyond `max_connections` a connection is told 503 and closed. What breaks
// HTTP or RESTinio's limits on sizes is closed without an answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/http/commands.h"
#include "exporters/prometheus/metrics.h"
#include "monitor/board.h"
#include "monitor/operations/operations.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/listening_socket.h"

namespace hale::exporters {

struct ServerLimits {
  std::size_t max_connections = 512;
  std::chrono::milliseconds client_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds max_patience = std::chrono::minutes(5);  // of a request with the engine
};

struct ServerOptions {
  std::vector<monitor::ListeningSocket> sockets;
  ServerLimits limits;
  std::string configuration;  // the effective one as TOML, secrets masked
  monitor::MetricsSettings metrics;
  std::function<void(std::string_view)> log;  // trouble of the server's own; HTTP thread
};

class StatusServer {
 public:
  // `board`, `clock`, `commands` and `operations` outlive the server. Replies to its commands may
  // come later than that: they are dropped.
  StatusServer(ServerOptions options, const monitor::Board& board, const monitor::Clock& clock,
               Commands& commands, monitor::Operations& operations);
  ~StatusServer();  // stops
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  void start();  // begins to serve; until then, who connects waits in the sockets' backlog

  // Requests that wait for the engine are answered 503; within a second everything is closed and
  // the thread has ended. Not from the HTTP thread. Calling it again does nothing.
  void stop();

  HttpStats stats() const;  // any thread

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace hale::exporters
