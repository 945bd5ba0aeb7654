#include "checks/network_check.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>

#include "checks/network/interface_item.h"
#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/proc/read_file.h"
#include "checks/sampling.h"
#include "checks/sys/attribute.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

using StatesReply = std::expected<InterfaceStates, monitor::PoolFailure>;

// A name that the kernel would take (dev_valid_name), or a glob.
std::optional<ParameterError> find_error(const std::string& key,
                                         const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern.empty() || pattern.find_first_of("/ :\t\n") != std::string::npos) {
      return ParameterError{.key = key,
                            .message = "\"" + plain_name(pattern) +
                                       "\" is not an interface (write a name or a glob, \"eth0\", "
                                       "\"wg*\")"};
    }
  }
  return std::nullopt;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  NamePatterns patterns{.include = parameters.list("interfaces"),
                        .exclude = parameters.list("exclude")};
  if (auto error = find_error("interfaces", patterns.include)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = find_error("exclude", patterns.exclude)) {
    return std::unexpected(std::move(*error));
  }
  return std::make_unique<NetworkCheck>(std::move(patterns));
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "up",
       .metric = "network_up",
       .bad = Bad::kLow,
       .help = "1 while frames can be sent, 0 while not: switched off, no link, or not there."},
      {.name = "speed",
       .metric = "network_speed_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kLow,
       .help =
           "What the link carries each way, bytes a second: 1 Gbit/s is \"125MB\". Absent where "
           "the driver does not say, as on most virtual interfaces."},
      {.name = "half_duplex",
       .metric = "network_half_duplex",
       .help = "1 while the link carries one direction at a time, mostly a failed negotiation."},
      {.name = "carrier_changes",
       .metric = "network_carrier_changes",
       .help = "How often the link was lost or came back since the last look."},
      {.name = "receive_rate",
       .metric = "network_receive_rate_bytes",
       .unit = Unit::kBytes,
       .help = "Received since the last look, bytes a second."},
      {.name = "send_rate",
       .metric = "network_send_rate_bytes",
       .unit = Unit::kBytes,
       .help = "Sent since the last look, bytes a second."},
      {.name = "saturation",
       .metric = "network_saturation_ratio",
       .unit = Unit::kRatio,
       .help =
           "The busier direction's rate as a share of the link's speed; of both together at half "
           "duplex."},
      {.name = "errors_per_second",
       .metric = "network_errors_per_second",
       .help = "Frames that arrived damaged or could not be sent."},
      {.name = "drops_per_second",
       .metric = "network_drops_per_second",
       .help = "Frames thrown away, for want of room or because nobody wanted them; the latter is "
               "usual in a trickle."},
      {.name = "conntrack_used",
       .metric = "network_conntrack_used",
       .has_total = true,
       .help =
           "Connections that the firewall tracks; a share is of the most it can. Once full, new "
           "connections are dropped. Absent where none are tracked."},
      {.name = "retransmits",
       .metric = "network_retransmits_ratio",
       .unit = Unit::kRatio,
       .help = "Share of the host's TCP segments since the last look that had to be sent again."},
      {.name = "listen_drops_per_second",
       .metric = "network_listen_drops_per_second",
       .help = "Connections that were dropped because a service did not accept them fast enough."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  using monitor::Result;
  const std::vector<std::string> none;
  monitor::CheckDescriptor type;
  type.name = "network";
  type.summary =
      "Network interfaces, each an item: link, speed, traffic, errors; connection tracking.";
  type.item_label = "interface";
  type.keys = {
      {.name = "interfaces",
       .type = KeyType::kStringList,
       .help = "Names and globs. One that is listed by its name fails where it is missing or down; "
               "of those that match a glob, each that is switched on. Default: physical interfaces "
               "and those with routes that have a link, had one at an earlier look, or lead to a "
               "gateway.",
       .default_value = none},
      {.name = "exclude",
       .type = KeyType::kStringList,
       .help = "Interfaces to leave out, names and globs; wins over `interfaces`.",
       .default_value = none},
  };
  type.measurements = measurements();
  // A link may be busy or drop what nobody wants. But a full table of connections drops new ones,
  // damaged frames by the second mean a bad cable or port, and a link that goes and comes back
  // within every look is one.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "conntrack_used", .text = "80%"},
      {.severity = Result::kFail, .measurement = "conntrack_used", .text = "95%"},
      {.severity = Result::kWarn, .measurement = "errors_per_second", .text = "10"},
      {.severity = Result::kWarn, .measurement = "carrier_changes", .text = ">= 2"},
  };
  type.reasons = {Reason::kTimeout,     Reason::kStatus,     Reason::kMissing, Reason::kStuck,
                  Reason::kUnsupported, Reason::kPermission, Reason::kAgent,   Reason::kInternal};
  type.example =
      "[checks.network]\n"
      "type = \"network\"\n"
      "interfaces = [\"eth0\", \"wg*\"]\n"
      "warn = { saturation = \"90%\", drops_per_second = 100 }\n"
      "\n"
      "[checks.network.items.eth0]\n"
      "fail = { speed = \"1250MB\" }\n";
  type.make = &make;
  return type;
}

// At most `most` of it, up to the end of a line: routers have routes by the million, and those that
// matter here come first or again.
std::string read_head(const std::filesystem::path& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most, '\0');
  file.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() == most) {
    text.erase(text.rfind('\n') + 1);
  }
  return text;
}

RouteTable read_routes(const std::filesystem::path& net) {
  constexpr std::size_t kMost = std::size_t{256} << 10U;
  RouteTable routes;
  add_ipv4_routes(read_head(net / "route", kMost), routes);
  add_ipv6_routes(read_head(net / "ipv6_route", kMost), routes);
  return routes;
}

// Each of these may be missing: no TCP, no firewall.
HostCounters read_host(const std::filesystem::path& proc) {
  constexpr std::size_t kLargest = 65536;
  HostCounters host;
  if (const auto snmp = read_file(proc / "net/snmp", kLargest)) {
    host.segments_sent = snmp_value(*snmp, "Tcp", "OutSegs");
    host.segments_again = snmp_value(*snmp, "Tcp", "RetransSegs");
  }
  if (const auto netstat = read_file(proc / "net/netstat", kLargest)) {
    host.listen_drops = snmp_value(*netstat, "TcpExt", "ListenDrops");
  }
  const std::filesystem::path filter = proc / "sys/net/netfilter";
  const auto count = read_integer(filter / "nf_conntrack_count");
  const auto most = read_integer(filter / "nf_conntrack_max");
  if (count && most && *count >= 0 && *most > 0) {
    host.tracked = static_cast<std::uint64_t>(*count);
    host.tracked_most = static_cast<std::uint64_t>(*most);
  }
  return host;
}

// Only of those that can be selected: a host may have thousands of containers' interfaces.
InterfaceStates read_states(const std::filesystem::path& folder,
                            const std::vector<std::string>& names) {
  std::error_code ignored;
  InterfaceStates states;
  for (const std::string& name : names) {
    const bool optional = name.starts_with('?');
    const std::filesystem::path path = folder / (optional ? name.substr(1) : name);
    if (optional && !std::filesystem::exists(path / "device", ignored)) {
      continue;
    }
    if (auto state = read_interface(path)) {
      states.emplace(path.filename(), std::move(*state));
    }
  }
  return states;
}

void add(CheckResult& result, std::string_view name, double value,
         std::optional<double> total = std::nullopt) {
  Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  measurement.total = total;
  result.measurements.push_back(std::move(measurement));
}

void add_host(const NetworkLook& before, const NetworkLook& after, CheckResult& result) {
  const HostCounters& then = before.host;
  const HostCounters& now = after.host;
  if (now.tracked && now.tracked_most) {
    add(result, "conntrack_used", static_cast<double>(*now.tracked),
        static_cast<double>(*now.tracked_most));
  }
  if (then.segments_sent && now.segments_sent && then.segments_again && now.segments_again &&
      *now.segments_sent >= *then.segments_sent && *now.segments_again >= *then.segments_again) {
    const auto again = static_cast<double>(*now.segments_again - *then.segments_again);
    const double all = static_cast<double>(*now.segments_sent - *then.segments_sent) + again;
    add(result, "retransmits", all > 0 ? again / all : 0);
  }
  const double seconds = monitor::to_seconds(after.time - before.time);
  if (then.listen_drops && now.listen_drops && *now.listen_drops >= *then.listen_drops &&
      seconds > 0) {
    add(result, "listen_drops_per_second",
        static_cast<double>(*now.listen_drops - *then.listen_drops) / seconds);
  }
}

// "eth0: up, 1 Gbit/s full duplex, in 3.0 MiB/s, ..." for one, the busiest of several.
std::string summary(const std::vector<ItemResult>& items) {
  if (items.size() == 1) {
    return items.front().name + ": " + items.front().outcome.message;
  }
  const ItemResult* busiest = nullptr;
  double most = 0;
  for (const ItemResult& item : items) {
    double rate = 0;
    for (const Measurement& measurement : item.measurements) {
      if (measurement.name == "receive_rate" || measurement.name == "send_rate") {
        rate += measurement.value;
      }
    }
    if (rate > most) {
      most = rate;
      busiest = &item;
    }
  }
  std::string text = std::to_string(items.size()) + " interfaces";
  if (busiest != nullptr) {
    text += ", busiest " + busiest->name + ": " + busiest->outcome.message;
  }
  return text;
}

}  // namespace

const monitor::CheckDescriptor& network_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult network_result(const NetworkLook& before, const NetworkLook& after,
                           const std::vector<std::string>& interfaces) {
  CheckResult result;
  add_host(before, after, result);
  for (const std::string& name : interfaces) {
    result.items.push_back(interface_item(name, before.view, after.view, after.time - before.time));
  }
  if (result.items.empty()) {
    result.outcome = Outcome::pass("no interface but the loopback is in use");
    return result;
  }
  std::string message = summary(result.items);
  if (after.host.tracked && after.host.tracked_most) {
    const double used =
        static_cast<double>(*after.host.tracked) / static_cast<double>(*after.host.tracked_most);
    if (used >= 0.5) {
      message += "; " + monitor::format_share(used) + " of the connection table used";
    }
  }
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

NetworkCheck::NetworkCheck(NamePatterns patterns) : patterns_(std::move(patterns)) {}

// The counters of /proc do not block and are read on the loop, so that their time is exact.
Task<std::expected<NetworkLook, Outcome>> NetworkCheck::look(RunContext& context) {
  const std::filesystem::path proc = context.services().proc_root;
  const std::string path = proc / "net/dev";
  const auto text = read_file(path, std::size_t{4} << 20U);
  if (!text) {
    co_return std::unexpected(could_not_read(text.error()));
  }
  auto counters = parse_net_dev(*text);
  if (!counters) {
    co_return std::unexpected(could_not_parse(path, counters.error().line));
  }
  NetworkLook look;
  look.time = context.clock().now();
  look.view.counters = std::move(*counters);
  look.view.routes = read_routes(proc / "net");
  look.host = read_host(proc);

  // "?NAME": only if it is physical.
  std::vector<std::string> names;
  std::string key = "network:" + context.services().sys_root.string();
  for (const auto& [name, unused] : look.view.counters) {
    if (patterns_.include.empty() && !look.view.routes.contains(name)) {
      names.push_back("?" + name);
    } else if (patterns_.include.empty() || listed(patterns_, name) != Listed::kNot) {
      names.push_back(name);
    } else {
      continue;
    }
    key += " " + names.back();
  }
  std::function<InterfaceStates()> read = [folder = context.services().sys_root / "class/net",
                                           names = std::move(names)] {
    return read_states(folder, names);
  };
  StatesReply states = co_await context.services().files.call(
      std::move(key), patience_ends(context), std::move(read));
  if (!states) {
    if (states.error() == monitor::PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    co_return std::unexpected(not_looked(states.error(), "the state of the network interfaces"));
  }
  look.view.states = std::move(*states);
  co_return look;
}

Task<CheckResult> NetworkCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  CheckResult result;
  if (!previous_) {
    auto first = co_await look(context);
    if (!first) {
      result.outcome = std::move(first.error());
      co_return result;
    }
    previous_ = std::move(*first);
  }
  co_await let_time_pass(context, previous_->time);
  auto now = co_await look(context);
  if (!now) {
    result.outcome = std::move(now.error());
    co_return result;
  }
  const std::vector<std::string> interfaces = select_interfaces(now->view, patterns_, seen_up_);
  seen_up_ = remember_up(now->view, seen_up_);
  result = network_result(*previous_, *now, interfaces);
  if (interfaces.empty() && (had_some_ || !patterns_.include.empty())) {
    result.outcome = Outcome::fail(Reason::kMissing, Phase::kRun,
                                   had_some_ ? "no interface is in use any more"
                                             : "there is no interface that `interfaces` asks for");
  }
  had_some_ = had_some_ || !interfaces.empty();
  previous_ = std::move(*now);
  co_return result;
}

}  // namespace hale::checks
