// A real server on a free port over the sample board, with the engine that only takes notes.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>

#include "exporters/http/status_server.h"
#include "monitor/runtime/clock.h"
#include "tests/exporters/http/api_fixture.h"
#include "tests/exporters/http/test_client.h"
#include "tests/support/eventually.h"

namespace hale::testing {

struct ServerWorld {
  explicit ServerWorld(exporters::ServerLimits limits = {},
                       std::vector<std::string> addresses = {"127.0.0.1:0"})
      : server({.sockets = listen(addresses),
                .limits = limits,
                .configuration = "",
                .metrics = {},
                .log = [this](std::string_view message) { note(message); }},
               board, clock, commands, operations) {
    board.beat(clock.now());
    board.publish(sample_board());
    server.start();
  }

  TestClient connect(std::size_t address = 0) const { return TestClient(bound.at(address)); }
  std::vector<std::string> logged() {
    const std::lock_guard lock(mutex);
    return lines;
  }
  bool nobody_is_connected() const {
    return eventually([this] { return server.stats().connections == 0; });
  }

  asio::io_context loop;
  SimClock clock{loop};  // the agent's: it stands still, so that nothing stalls
  monitor::RealClock stopwatch{loop};
  monitor::Board board;
  FakeCommands commands;
  monitor::Operations operations{operations_settings(), clock.now()};
  std::mutex mutex;
  std::vector<std::string> lines;
  std::vector<std::string> bound;  // the addresses, with the ports that 0 became
  exporters::StatusServer server;

 private:
  std::vector<monitor::ListeningSocket> listen(const std::vector<std::string>& addresses) {
    std::vector<monitor::ListenAddress> parsed;
    for (const std::string& address : addresses) {
      parsed.push_back(monitor::parse_listen_address(address).value());
    }
    auto sockets = monitor::ListeningSocket::open_all(parsed).value();
    for (const monitor::ListeningSocket& socket : sockets) {
      bound.push_back(to_string(socket.address()));
    }
    return sockets;
  }
  void note(std::string_view message) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(message);
  }
};

}  // namespace hale::testing
