#include "checks/network/interface_selection.h"

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using Names = std::vector<std::string>;

InterfaceState state(bool on, bool link, bool physical, bool bridge = false) {
  InterfaceState made;
  made.switched_on = on;
  made.carrier = link;
  made.operation = link ? "up" : "down";
  made.physical = physical;
  made.bridge = bridge;
  return made;
}

// A host with everything: cards that are used, spare, switched off; containers; a tunnel.
NetworkView host() {
  NetworkView view;
  InterfaceState loopback = state(true, true, false);
  loopback.loopback = true;
  view.states = {{"lo", loopback},
                 {"eth0", state(true, true, true)},
                 {"spare", state(true, false, true)},
                 {"off", state(false, false, true)},
                 {"docker0", state(true, false, false, true)},
                 {"br0", state(true, true, false, true)},
                 {"veth1", state(true, true, false)},
                 {"wg0", state(true, true, false)}};
  for (const auto& [name, unused] : view.states) {
    view.counters[name] = {};
  }
  view.routes = {{"eth0", Routed::kDirectly},
                 {"docker0", Routed::kDirectly},
                 {"br0", Routed::kGateway},
                 {"wg0", Routed::kDirectly}};
  return view;
}

TEST(InterfaceSelectionTest, TakesWhatIsInUseByDefault) {
  EXPECT_EQ(select_interfaces(host(), {}, {}), (Names{"br0", "eth0", "wg0"}));
}

TEST(InterfaceSelectionTest, KeepsWhatShouldBeUp) {
  NetworkView view = host();
  view.states["eth0"] = state(true, false, true);
  view.states["br0"] = state(true, false, false, true);
  view.states["wg0"] = state(true, false, false);
  EXPECT_EQ(select_interfaces(view, {}, {}), (Names{"br0"})) << "a gateway is behind it";
  EXPECT_EQ(select_interfaces(view, {}, {"eth0", "wg0", "docker0"}), (Names{"br0", "eth0", "wg0"}));
  view.states["eth0"] = state(false, false, true);
  EXPECT_EQ(select_interfaces(view, {}, {"eth0"}), (Names{"br0"})) << "somebody switched it off";
  view.counters.erase("eth0");
  view.states.erase("eth0");
  EXPECT_EQ(select_interfaces(view, {}, {"eth0"}), (Names{"br0"})) << "it does not exist any more";
}

TEST(InterfaceSelectionTest, RemembersLinksUntilSomebodySwitchesThemOff) {
  NetworkView view = host();
  std::set<std::string> seen = remember_up(view, {});
  EXPECT_TRUE(seen.contains("eth0"));
  EXPECT_FALSE(seen.contains("spare"));
  view.states["eth0"] = state(true, false, true);
  seen = remember_up(view, seen);
  EXPECT_TRUE(seen.contains("eth0"));
  view.states["eth0"] = state(false, false, true);
  seen = remember_up(view, seen);
  EXPECT_FALSE(seen.contains("eth0"));
}

TEST(InterfaceSelectionTest, FollowsTheList) {
  struct Case {
    NamePatterns patterns;
    Names names;
  };
  const Case cases[] = {
      {{.include = {"off", "gone"}}, {"gone", "off"}},
      {{.include = {"*"}, .exclude = {"veth*", "lo"}}, {"br0", "docker0", "eth0", "spare", "wg0"}},
      {{.include = {"o*"}}, {}},
      {{.include = {"eth0", "e*"}, .exclude = {"eth0"}}, {}},
      {{.exclude = {"br0", "w*"}}, {"eth0"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(shown(c.patterns));
    EXPECT_EQ(select_interfaces(host(), c.patterns, {}), c.names);
  }
}

TEST(InterfaceSelectionTest, DoesNotDropWhatSysfsHides) {
  NetworkView view = host();
  view.states.clear();
  view.routes["lo"] = Routed::kDirectly;
  EXPECT_EQ(select_interfaces(view, {}, {}), (Names{"br0", "docker0", "eth0", "wg0"}));
  EXPECT_EQ(select_interfaces(view, {.include = {"eth*"}}, {}), (Names{"eth0"}));
}

}  // namespace
}  // namespace hale::checks
