// One seed from beginning to end: the real scheduler, engine, control and health over a simulated
// clock and simulated checks. First trouble, with the rules checked after every alarm of the clock;
// then the faults end and all must be well again; then the engine is stopped in the middle of runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "monitor/control.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"
#include "tests/sim/oracle.h"
#include "tests/sim/troubles.h"
#include "tests/support/sim_clock.h"

namespace hale::sim {

struct SeedReport {
  std::optional<Violation> violation;
  std::string last_lines;  // of the trace
  std::uint64_t trace_hash = 0;
  std::uint64_t last_random = 0;
  FaultCounts counts;
  Duration simulated{};
  std::uint64_t runs = 0;
};

SeedReport run_seed(std::uint64_t seed);

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  SeedReport run();

 private:
  void add_checks();
  void advance(TimePoint end);
  void turn_has_ended();

  // Trouble.
  void make_trouble();
  void act(Act what);
  void stall();
  void step_wall();
  void command(Act what);
  std::size_t choose(Act what);
  void run_now(std::size_t check);
  void pause(std::size_t check, std::optional<Duration> duration);
  void resume(std::size_t check);

  // Recovery and the end.
  void recover();
  void demand_regularity();
  void stop_in_the_middle();
  void hang_some();
  void demand_refusal();
  void abandon();  // of a seed that is broken: end it somehow

  static constexpr const char* kAgent = "sim";

  Verdict verdict_;
  FaultCounts counts_;
  Trace trace_;
  monitor::Random random_;
  Plan plan_;
  Hung hung_;  // outlives the loop, which may hold runs that hang
  asio::io_context loop_{1};
  testing::SimClock clock_{loop_};
  monitor::BlockingPool resolver_;
  monitor::BlockingPool files_;
  monitor::Services services_;
  monitor::Board board_;
  Troubles troubles_;
  Oracle oracle_;
  std::unique_ptr<monitor::Engine> engine_;
  std::unique_ptr<monitor::Control> control_;
  TimePoint began_;
  bool stop_begun_ = false;
  bool stopped_ = false;
};

}  // namespace hale::sim
