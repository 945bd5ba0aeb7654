// The world in which checks run: the loop, the clock, the pools for what blocks, the board, and the
// engine above them. Built from a configuration; owns every lifetime. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "config/config.h"
#include "monitor/board.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"

namespace hale::cli {

class World {
 public:
  // Who wants to hear what; called on the loop's thread. Each may be empty.
  struct Listeners {
    std::function<void(const monitor::Event&)> on_event;
    std::function<void(const std::string& check, const monitor::Story& story)> on_story;
  };

  // Takes the checks out of `config`.
  World(config::Config& config, Listeners listeners);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  asio::io_context& loop() { return loop_; }
  monitor::Clock& clock() { return clock_; }
  monitor::Board& board() { return board_; }
  monitor::Services& services() { return services_; }
  monitor::Engine& engine() { return engine_; }

 private:
  asio::io_context loop_{1};
  monitor::RealClock clock_{loop_};
  monitor::Random random_;
  monitor::BlockingPool resolver_;
  monitor::BlockingPool files_;
  monitor::Services services_;
  monitor::Board board_;
  monitor::Engine engine_;
};

}  // namespace hale::cli
