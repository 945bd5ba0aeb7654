// The real engine with real TCP checks on the real clock, built by hand as the program's own world
// (cli/world.h) builds it from a configuration. Used on one thread; the board on any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <asio/io_context.hpp>

#include "monitor/board.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"
#include "tests/bench/tcp_targets.h"

namespace hale::bench {

// What the configuration would say about a TCP check.
std::shared_ptr<monitor::CheckSettings> tcp_settings(std::string name, const TcpTargets& targets);

class TcpEngine {
 public:
  explicit TcpEngine(const TcpTargets& targets);
  ~TcpEngine();  // stops, and waits for what is in flight
  TcpEngine(const TcpEngine&) = delete;
  TcpEngine& operator=(const TcpEngine&) = delete;

  void start() { engine_.start(); }
  void run_for(
      monitor::Duration duration);  // what is still to be done then waits for the next call
  std::uint64_t started() const { return started_; }  // runs, since start()
  const monitor::Board& board() const { return board_; }

 private:
  asio::io_context loop_{1};
  monitor::RealClock clock_{loop_};
  monitor::Random random_{1};
  monitor::BlockingPool resolver_;
  monitor::BlockingPool files_;
  monitor::Services services_;
  monitor::Board board_;
  std::uint64_t started_ = 0;
  monitor::Engine engine_;
};

}  // namespace hale::bench
