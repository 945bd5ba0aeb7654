#include "checks/network/interface_item.h"

#include <chrono>
#include <map>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;

std::map<std::string, double> values_of(const ItemResult& item) {
  std::map<std::string, double> values;
  for (const monitor::Measurement& measurement : item.measurements) {
    values[measurement.name] = measurement.value;
  }
  return values;
}

InterfaceState gigabit() {
  InterfaceState made;
  made.index = 2;
  made.switched_on = true;
  made.carrier = true;
  made.operation = "up";
  made.physical = true;
  made.speed_bits = 1e9;
  made.half_duplex = false;
  made.carrier_changes = 1;
  return made;
}

NetworkView view(InterfaceCounters counters, InterfaceState state) {
  NetworkView made;
  made.counters["eth0"] = counters;
  made.states["eth0"] = std::move(state);
  return made;
}

const InterfaceCounters kBefore{.received = {1000, 100, 0, 0}, .sent = {500, 50, 0, 0}};
const InterfaceCounters kAfter{.received = {625'001'000, 1100, 30, 50},
                               .sent = {125'000'500, 900, 20, 0}};

TEST(InterfaceItemTest, MeasuresRatesAndSaturation) {
  const ItemResult item =
      interface_item("eth0", view(kBefore, gigabit()), view(kAfter, gigabit()), seconds(10));
  EXPECT_EQ(item.outcome.result, Result::kPass);
  EXPECT_EQ(item.outcome.message,
            "up, 1 Gbit/s full duplex, in 59.6 MiB/s, out 11.9 MiB/s (50.0 %), errors 5/s, drops "
            "5/s");
  const std::map<std::string, double> expected = {{"up", 1},
                                                  {"speed", 125e6},
                                                  {"half_duplex", 0},
                                                  {"receive_rate", 62'500'000},
                                                  {"send_rate", 12'500'000},
                                                  {"saturation", 0.5},
                                                  {"errors_per_second", 5},
                                                  {"drops_per_second", 5},
                                                  {"carrier_changes", 0}};
  EXPECT_EQ(values_of(item), expected);
}

TEST(InterfaceItemTest, CountsBothDirectionsAtHalfDuplex) {
  InterfaceState half = gigabit();
  half.half_duplex = true;
  const ItemResult item =
      interface_item("eth0", view(kBefore, half), view(kAfter, half), seconds(10));
  EXPECT_DOUBLE_EQ(values_of(item)["saturation"], 0.6);
  EXPECT_EQ(values_of(item)["half_duplex"], 1);
}

TEST(InterfaceItemTest, SaysWhyThereIsNoLink) {
  struct Case {
    bool on;
    const char* operation;
    const char* code;
  };
  const Case cases[] = {{false, "down", "down"},
                        {true, "down", "no_carrier"},
                        {true, "lowerlayerdown", "lowerlayerdown"},
                        {true, "dormant", "dormant"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    InterfaceState state = gigabit();
    state.switched_on = c.on;
    state.carrier = false;
    state.operation = c.operation;
    state.carrier_changes = 3;
    const ItemResult item =
        interface_item("eth0", view(kBefore, gigabit()), view(kBefore, state), seconds(10));
    EXPECT_EQ(item.outcome.result, Result::kFail);
    EXPECT_EQ(item.outcome.reason, Reason::kStatus);
    EXPECT_EQ(item.outcome.code, c.code);
    EXPECT_EQ(values_of(item)["up"], 0);
    EXPECT_EQ(values_of(item)["carrier_changes"], 2);
    EXPECT_FALSE(values_of(item).contains("speed"));
  }
}

TEST(InterfaceItemTest, HasNoRatesWhereCountersCannotBeCompared) {
  InterfaceState renewed = gigabit();
  renewed.index = 9;
  const struct {
    const char* what;
    NetworkView before;
    NetworkView after;
  } cases[] = {
      {"first look", {}, view(kAfter, gigabit())},
      {"set back", view(kAfter, gigabit()), view(kBefore, gigabit())},
      {"made anew", view(kBefore, gigabit()), view(kAfter, renewed)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const ItemResult item = interface_item("eth0", c.before, c.after, seconds(10));
    EXPECT_EQ(item.outcome.result, Result::kPass);
    EXPECT_EQ(item.outcome.message, "up, 1 Gbit/s full duplex");
    EXPECT_FALSE(values_of(item).contains("receive_rate"));
  }
  const ItemResult item =
      interface_item("eth0", view(kBefore, gigabit()), view(kAfter, gigabit()), seconds(0));
  EXPECT_FALSE(values_of(item).contains("receive_rate")) << "no time passed";
}

TEST(InterfaceItemTest, IsMissingOrUnknownWhereItCannotBeSeen) {
  const ItemResult missing = interface_item("eth1", {}, view(kAfter, gigabit()), seconds(1));
  EXPECT_EQ(missing.outcome.result, Result::kFail);
  EXPECT_EQ(missing.outcome.reason, Reason::kMissing);
  NetworkView hidden = view(kAfter, gigabit());
  hidden.states.clear();
  const ItemResult unknown = interface_item("eth0", hidden, hidden, seconds(1));
  EXPECT_EQ(unknown.outcome.result, Result::kUnknown);
  EXPECT_EQ(unknown.outcome.reason, Reason::kUnsupported);
  EXPECT_FALSE(values_of(unknown).contains("up"));
}

}  // namespace
}  // namespace hale::checks
