// Check type `network`: the interfaces, each an item, and what TCP and connection tracking say
// about the host's network as a whole. Of the network namespace that the agent runs in.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/name_patterns.h"
#include "checks/network/interface_selection.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& network_descriptor();

struct HostCounters {
  std::optional<std::uint64_t> segments_sent;
  std::optional<std::uint64_t> segments_again;
  std::optional<std::uint64_t> listen_drops;
  std::optional<std::uint64_t> tracked;  // connections; absent where none are tracked
  std::optional<std::uint64_t> tracked_most;
};

struct NetworkLook {
  monitor::TimePoint time;
  NetworkView view;
  HostCounters host;
};

class NetworkCheck final : public monitor::Check {
 public:
  explicit NetworkCheck(NamePatterns patterns);

  std::string target() const override { return shown(patterns_); }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<std::expected<NetworkLook, monitor::Outcome>> look(monitor::RunContext& context);

  NamePatterns patterns_;
  std::optional<NetworkLook> previous_;
  std::set<std::string> seen_up_;
  bool had_some_ = false;  // a host that never had an interface in use wants none
};

// The result of two looks at these interfaces. Pure.
monitor::CheckResult network_result(const NetworkLook& before, const NetworkLook& after,
                                    const std::vector<std::string>& interfaces);

}  // namespace hale::checks
