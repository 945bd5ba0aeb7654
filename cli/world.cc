#include "cli/world.h"

#include <utility>

#include <sys/random.h>

#include "cli/version.h"

namespace hale::cli {
namespace {

std::uint64_t seed() {
  std::uint64_t value = 0;
  // The fallback only costs unpredictability, which nothing here relies on.
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    value = 1;
  }
  return value;
}

monitor::EngineOptions engine_options(const config::Config& config, World::Listeners listeners) {
  monitor::EngineOptions options;
  options.agent.name = config.agent.name;
  options.agent.version = kVersion;
  options.agent.profile = config.agent.profile;
  options.agent.labels = config.agent.labels;
  options.agent.components = {{"statsd", config.statsd.listen.empty() ? "off" : "on"}};
  for (const config::GroupConfig& group : config.groups) {
    options.groups.push_back(
        monitor::GroupInfo{.name = group.name, .title = group.title, .order = group.order});
  }
  options.on_event = std::move(listeners.on_event);
  options.on_story = std::move(listeners.on_story);
  return options;
}

}  // namespace

World::World(config::Config& config, Listeners listeners)
    : random_(seed()),
      resolver_(loop_.get_executor(), clock_, {.name = "resolver", .workers = 8}),
      files_(loop_.get_executor(), clock_, {.name = "files", .workers = 4}),
      services_{.executor = loop_.get_executor(),
                .clock = clock_,
                .random = random_,
                .resolver = resolver_,
                .files = files_,
                .systemd_bus = config.systemd_bus},
      engine_(services_, board_, engine_options(config, std::move(listeners))) {
  for (monitor::ConfiguredCheck& check : config.checks) {
    engine_.add(std::move(check));
  }
  config.checks.clear();
}

}  // namespace hale::cli
