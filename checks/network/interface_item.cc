#include "checks/network/interface_item.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

// Per second, each way.
struct Rates {
  double received = 0;
  double sent = 0;
  double errors = 0;
  double drops = 0;
};

bool set_back(const TrafficCounters& before, const TrafficCounters& after) {
  return after.bytes < before.bytes || after.packets < before.packets ||
         after.errors < before.errors || after.dropped < before.dropped;
}

const InterfaceState* state_of(const NetworkView& view, const std::string& name) {
  const auto found = view.states.find(name);
  return found == view.states.end() ? nullptr : &found->second;
}

bool same_interface(const InterfaceState* before, const InterfaceState* after) {
  return before == nullptr || after == nullptr || before->index == after->index;
}

std::optional<Rates> rates_of(const InterfaceCounters& before, const InterfaceCounters& after,
                              double seconds) {
  if (set_back(before.received, after.received) || set_back(before.sent, after.sent) ||
      seconds <= 0) {
    return std::nullopt;
  }
  const auto rate = [seconds](std::uint64_t then, std::uint64_t now) {
    return static_cast<double>(now - then) / seconds;
  };
  Rates rates;
  rates.received = rate(before.received.bytes, after.received.bytes);
  rates.sent = rate(before.sent.bytes, after.sent.bytes);
  rates.errors = rate(before.received.errors, after.received.errors) +
                 rate(before.sent.errors, after.sent.errors);
  rates.drops = rate(before.received.dropped, after.received.dropped) +
                rate(before.sent.dropped, after.sent.dropped);
  return rates;
}

void add(ItemResult& item, std::string_view name, double value) {
  monitor::Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  item.measurements.push_back(std::move(measurement));
}

std::string speed_text(double bits) {
  const auto in = [bits](double unit, std::string_view name) {
    std::string text = monitor::format_value(monitor::Unit::kNone, bits / unit);
    text += ' ';
    text += name;
    return text;
  };
  return bits >= 1e9 ? in(1e9, "Gbit/s") : in(1e6, "Mbit/s");
}

Outcome no_link(const InterfaceState& state) {
  if (!state.switched_on) {
    return Outcome::fail(Reason::kStatus, Phase::kRun, "is switched off", "down");
  }
  if (state.operation == "lowerlayerdown") {
    return Outcome::fail(Reason::kStatus, Phase::kRun,
                         "has no link: the interface below it, or its other end, is down",
                         "lowerlayerdown");
  }
  if (state.operation == "dormant") {
    return Outcome::fail(Reason::kStatus, Phase::kRun,
                         "waits for an event, such as to be let into the network", "dormant");
  }
  return Outcome::fail(Reason::kStatus, Phase::kRun,
                       "has no link: nothing is connected, or the other end is off", "no_carrier");
}

std::string link_text(const InterfaceState& state) {
  std::string text = "up";
  if (state.speed_bits) {
    text += ", " + speed_text(*state.speed_bits);
    if (state.half_duplex) {
      text += *state.half_duplex ? " half duplex" : " full duplex";
    }
  }
  return text;
}

void add_link(const InterfaceState& state, const InterfaceState* before, ItemResult& item) {
  add(item, "up", has_link(state) ? 1 : 0);
  if (has_link(state) && state.speed_bits) {
    add(item, "speed", *state.speed_bits / 8);
  }
  if (has_link(state) && state.half_duplex) {
    add(item, "half_duplex", *state.half_duplex ? 1 : 0);
  }
  if (before != nullptr && before->index == state.index && before->carrier_changes &&
      state.carrier_changes && *state.carrier_changes >= *before->carrier_changes) {
    add(item, "carrier_changes",
        static_cast<double>(*state.carrier_changes - *before->carrier_changes));
  }
}

void add_rates(const Rates& rates, const InterfaceState* state, ItemResult& item) {
  add(item, "receive_rate", rates.received);
  add(item, "send_rate", rates.sent);
  add(item, "errors_per_second", rates.errors);
  add(item, "drops_per_second", rates.drops);
  std::string text = ", in " + monitor::format_bytes(rates.received) + "/s, out " +
                     monitor::format_bytes(rates.sent) + "/s";
  if (state != nullptr && state->speed_bits) {
    const double used = state->half_duplex.value_or(false) ? rates.received + rates.sent
                                                           : std::max(rates.received, rates.sent);
    const double saturation = used * 8 / *state->speed_bits;
    add(item, "saturation", saturation);
    text += " (" + monitor::format_share(saturation) + ")";
  }
  const auto rate = [](double value) {
    return monitor::format_value(monitor::Unit::kNone, value) + "/s";
  };
  if (rates.errors > 0) {
    text += ", errors " + rate(rates.errors);
  }
  if (rates.drops > 0) {
    text += ", drops " + rate(rates.drops);
  }
  item.outcome.message += text;
}

}  // namespace

ItemResult interface_item(const std::string& name, const NetworkView& before,
                          const NetworkView& after, monitor::Duration elapsed) {
  ItemResult item;
  item.name = name;
  const auto counters = after.counters.find(name);
  if (counters == after.counters.end()) {
    item.outcome = Outcome::fail(Reason::kMissing, Phase::kRun, "there is no such interface");
    add(item, "up", 0);
    return item;
  }
  const InterfaceState* state = state_of(after, name);
  const InterfaceState* earlier = state_of(before, name);
  if (state == nullptr) {
    item.outcome = Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                                    "sysfs does not show its state (mounted in another network "
                                    "namespace?)");
  } else {
    item.outcome = has_link(*state) ? Outcome::pass(link_text(*state)) : no_link(*state);
    add_link(*state, earlier, item);
  }
  const auto then = before.counters.find(name);
  if (then != before.counters.end() && same_interface(earlier, state)) {
    const auto rates = rates_of(then->second, counters->second, monitor::to_seconds(elapsed));
    if (rates) {
      add_rates(*rates, state, item);
    }
  }
  return item;
}

}  // namespace hale::checks
