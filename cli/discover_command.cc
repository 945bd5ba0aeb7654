// hale discover: looks at this host and prints a configuration for it.
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/file_limit.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "discovery/configuration_text.h"
#include "discovery/plan.h"
#include "discovery/survey.h"
#include "monitor/run_context.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/random.h"
#include "monitor/runtime/task_group.h"

namespace hale::cli {
namespace {

// For all of it. Somebody waits at a terminal.
constexpr monitor::Duration kPatience = std::chrono::seconds(10);

// Looks once, on a loop of its own. What escapes is thrown on.
discovery::Picture look(const DiscoverOptions& options) {
  asio::io_context loop(1);
  monitor::RealClock clock(loop);
  monitor::Random random(1);  // nothing here may depend on chance
  monitor::BlockingPool resolver(loop.get_executor(), clock, {.name = "resolver"});
  monitor::BlockingPool files(loop.get_executor(), clock, {.name = "files"});
  monitor::Services services{.executor = loop.get_executor(),
                             .clock = clock,
                             .random = random,
                             .resolver = resolver,
                             .files = files,
                             .systemd_bus = options.bus};
  const monitor::TimePoint started = clock.now();
  monitor::RunContext context(services, started, started + kPatience);
  discovery::Picture picture;
  std::exception_ptr escaped;
  monitor::TaskGroup group(loop.get_executor());
  group.spawn(discovery::survey(context, registry()),
              [&](const std::exception_ptr& error, discovery::Picture seen) {
                escaped = error;
                picture = std::move(seen);
                loop.stop();
              });
  loop.run();
  if (escaped) {
    std::rethrow_exception(escaped);
  }
  return picture;
}

}  // namespace

int discover_command(const DiscoverOptions& options) {
  raise_file_limit();
  const discovery::Plan plan = discovery::make_plan(look(options), registry());
  fmt::print("{}", discovery::configuration_text(plan, registry()));
  if (std::fflush(stdout) != 0) {
    fmt::print(stderr, "hale: the configuration could not be written\n");
    return kInternal;
  }
  fmt::print(stderr, "{}", discovery::report_text(plan));
  return kOk;
}

}  // namespace hale::cli
