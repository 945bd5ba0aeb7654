// hale discover: looks at this host and prints a configuration for it.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
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
#include "monitor/runtime/first_of.h"
#include "monitor/runtime/random.h"
#include "monitor/runtime/task_group.h"

namespace hale::cli {
namespace {

// For all of it. Somebody waits at a terminal.
constexpr monitor::Duration kPatience = std::chrono::seconds(10);
constexpr monitor::Duration kGrace = std::chrono::seconds(1);

using MaybePicture = std::optional<discovery::Picture>;

// Looks once, on a loop of its own; nothing where even that took too long. What escapes is thrown
// on.
MaybePicture look(const DiscoverOptions& options) {
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
  MaybePicture picture;
  std::exception_ptr escaped;
  monitor::TaskGroup group(loop.get_executor());
  // Every step ends by itself before; nothing that does not may keep anybody waiting.
  group.spawn(monitor::with_deadline(loop.get_executor(), clock, started + kPatience + kGrace,
                                     discovery::survey(context, registry())),
              [&](const std::exception_ptr& error, MaybePicture seen) {
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
  const MaybePicture picture = look(options);
  if (!picture) {
    fmt::print(stderr, "hale: this host could not be looked at within {} s\n",
               std::chrono::duration_cast<std::chrono::seconds>(kPatience + kGrace).count());
    return kInternal;
  }
  const discovery::Plan plan = discovery::make_plan(*picture, registry());
  const std::string text = discovery::configuration_text(plan, registry());
  // A part of a configuration is none: whoever goes on with the file has to know.
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            "the configuration could not be written");
  }
  fmt::print(stderr, "{}", discovery::report_text(plan));
  return kOk;
}

}  // namespace hale::cli
