// A whole engine in a simulated world: clock, pools, board, and checks that do what a test says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "monitor/board.h"
#include "monitor/check.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {

// A check whose runs are a function of the test's choosing.
class ScriptedCheck final : public monitor::Check {
 public:
  using Script = std::function<monitor::Task<monitor::CheckResult>(monitor::RunContext&)>;
  explicit ScriptedCheck(Script script) : script_(std::move(script)) {}
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override {
    return script_(context);
  }

 private:
  Script script_;
};

// A type without keys, for settings made by hand.
const monitor::CheckDescriptor& scripted_descriptor();

// Settings with everything a check needs: 10 s interval, 2 s timeout, fall 3, rise 2.
std::shared_ptr<monitor::CheckSettings> make_settings(std::string name);

// Runs that end at once with `result`, that take `duration`, and that never end by themselves.
monitor::Task<monitor::CheckResult> give(monitor::CheckResult result);
monitor::Task<monitor::CheckResult> give_after(monitor::RunContext& context,
                                               monitor::Duration duration,
                                               monitor::CheckResult result);
monitor::Task<monitor::CheckResult> hang(monitor::RunContext& context);
// Hangs for `duration`, whatever is cancelled.
monitor::Task<monitor::CheckResult> hang_stubbornly(monitor::RunContext& context,
                                                    monitor::Duration duration);

monitor::CheckResult passing();
monitor::CheckResult failing(monitor::Reason reason = monitor::Reason::kRefused);

class EngineWorld {
 public:
  EngineWorld();
  ~EngineWorld();

  void add(std::shared_ptr<const monitor::CheckSettings> settings, ScriptedCheck::Script script);
  void add(const std::string& name, ScriptedCheck::Script script);
  void start() { engine.start(); }
  void stop();                             // and waits for it; the destructor does it too
  void forget_stop() { stopped_ = true; }  // the test has stopped the engine itself

  // The board as readers see it, after a publication has had its time.
  std::shared_ptr<const monitor::BoardView> view();
  std::shared_ptr<const monitor::CheckView> check(std::string_view name);

  asio::io_context loop{1};
  SimClock clock{loop};
  monitor::Random random{1};
  monitor::BlockingPool resolver;
  monitor::BlockingPool files;
  monitor::Services services;
  monitor::Board board;
  std::vector<monitor::Event> events;

 private:
  monitor::EngineOptions options();

 public:
  monitor::Engine engine;

 private:
  bool stopped_ = false;
};

}  // namespace hale::testing
