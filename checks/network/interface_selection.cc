#include "checks/network/interface_selection.h"

namespace hale::checks {
namespace {

bool in_use(const std::string& name, const NetworkView& view,
            const std::set<std::string>& seen_up) {
  const auto route = view.routes.find(name);
  const bool routed = route != view.routes.end();
  const auto found = view.states.find(name);
  if (found == view.states.end()) {
    return routed && name != "lo";  // sysfs does not say: nor will the check pass
  }
  const InterfaceState& state = found->second;
  if (state.loopback || !state.switched_on || !(state.physical || routed)) {
    return false;
  }
  const bool behind_gateway = routed && route->second == Routed::kGateway;
  return has_link(state) || behind_gateway || (!state.bridge && seen_up.contains(name));
}

bool switched_on(const std::string& name, const NetworkView& view) {
  const auto found = view.states.find(name);
  return found == view.states.end() || found->second.switched_on;
}

}  // namespace

std::vector<std::string> select_interfaces(const NetworkView& view, const NamePatterns& patterns,
                                           const std::set<std::string>& seen_up) {
  std::set<std::string> selection;
  for (const auto& [name, counters] : view.counters) {
    const bool wanted = patterns.include.empty()
                            ? in_use(name, view, seen_up)
                            : listed(patterns, name) == Listed::kByGlob && switched_on(name, view);
    if (wanted && !excluded(patterns, name)) {
      selection.insert(name);
    }
  }
  for (std::string& name : plain_names(patterns)) {
    selection.insert(std::move(name));
  }
  return {selection.begin(), selection.end()};
}

std::set<std::string> remember_up(const NetworkView& view, const std::set<std::string>& seen_up) {
  std::set<std::string> remembered;
  for (const auto& [name, state] : view.states) {
    if (has_link(state) || (state.switched_on && seen_up.contains(name))) {
      remembered.insert(name);
    }
  }
  return remembered;
}

}  // namespace hale::checks
