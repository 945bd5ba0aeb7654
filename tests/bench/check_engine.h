// The real engine with real checks on the real clock, built by hand as the program's own world
// (cli/world.h) builds it from a configuration. Used on one thread; the board on any.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include <asio/io_context.hpp>

#include "monitor/board.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"
#include "tests/bench/targets.h"
#include "tests/support/check_parameters.h"

namespace hale::bench {

// What the configuration would say about a check.
std::shared_ptr<monitor::CheckSettings> settings_of(std::string name,
                                                    const monitor::CheckDescriptor& type,
                                                    const Targets& targets);
std::shared_ptr<monitor::CheckSettings> tcp_settings(std::string name, const Targets& targets);

class CheckEngine {
 public:
  CheckEngine();
  ~CheckEngine();  // stops, and waits for what is in flight
  CheckEngine(const CheckEngine&) = delete;
  CheckEngine& operator=(const CheckEngine&) = delete;

  // Before start(). Runs of it are counted as they start: the board tells of them only when it is
  // published.
  void add(std::shared_ptr<monitor::CheckSettings> settings, std::unique_ptr<monitor::Check> check);
  void add_tcp_checks(const Targets& targets);

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

// As the type's own factory makes it, with defaults for all keys that are not set.
std::unique_ptr<monitor::Check> make_check(const monitor::CheckDescriptor& type,
                                           const monitor::Parameters& parameters);

// "127.0.0.7"
std::string host_of(std::size_t check);

}  // namespace hale::bench
