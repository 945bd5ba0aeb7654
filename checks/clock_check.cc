#include "checks/clock_check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "checks/clock/kernel_clock.h"
#include "checks/net/connect.h"
#include "checks/net/datagram.h"
#include "checks/net/nonce.h"
#include "checks/net/resolve.h"
#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/all_of.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

std::string seconds_text(double seconds) {
  return monitor::format_value(monitor::Unit::kSeconds, seconds);
}

void add(CheckResult& result, std::string_view name, double value) {
  monitor::Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  result.measurements.push_back(std::move(measurement));
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  constexpr std::size_t kMostServers = 16;
  ClockOptions options;
  for (const std::string& text : parameters.list("servers")) {
    auto server = parse_ntp_server(text);
    if (!server) {
      return std::unexpected(
          ParameterError{.key = "servers", .message = "\"" + text + "\" " + server.error()});
    }
    options.servers.push_back(std::move(*server));
  }
  if (options.servers.size() > kMostServers) {
    return std::unexpected(
        ParameterError{.key = "servers", .message = "more than 16 servers (four are plenty)"});
  }
  options.min_servers = static_cast<std::size_t>(parameters.integer("min_servers"));
  if (options.min_servers > std::max<std::size_t>(1, options.servers.size())) {
    return std::unexpected(ParameterError{
        .key = "min_servers", .message = "more than there are in `servers`: it could never pass"});
  }
  const std::string& chrony = parameters.text("chrony");
  if (!chrony.empty()) {
    const auto parsed = parse_ntp_server(chrony);
    const auto address = parsed ? literal_address(parsed->host) : std::nullopt;
    if (!address || !chrony.contains(':')) {
      return std::unexpected(ParameterError{
          .key = "chrony",
          .message = "\"" + chrony + "\" is not an address (write \"127.0.0.1:323\")"});
    }
    options.chrony.emplace(*address, parsed->port);
  }
  return std::make_unique<ClockCheck>(std::move(options));
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "offset",
       .metric = "clock_offset_seconds",
       .unit = Unit::kSeconds,
       .help = "How far off the clock is, ahead or behind: by the median of the servers, or by "
               "chronyd. Absent where only the kernel can be asked."},
      {.name = "stratum",
       .metric = "clock_stratum",
       .help = "Of the server that the offset is by; this host's own where chronyd was asked."},
      {.name = "root_distance",
       .metric = "clock_root_distance_seconds",
       .unit = Unit::kSeconds,
       .help =
           "How wrong that time may be at most: half of the way to the reference clock and back, "
           "and what may have gone astray on it."},
      {.name = "delay",
       .metric = "clock_delay_seconds",
       .unit = Unit::kSeconds,
       .help = "To that server and back."},
      {.name = "spread",
       .metric = "clock_spread_seconds",
       .unit = Unit::kSeconds,
       .help = "Between the servers that differ most; of two or more that answered."},
      {.name = "answering",
       .metric = "clock_answering",
       .bad = Bad::kLow,
       .has_total = true,
       .help = "Servers that gave a time that counts; a share is of all of them."},
      {.name = "synchronised",
       .metric = "clock_synchronised",
       .bad = Bad::kLow,
       .help = "1 while something keeps the clock right, by chronyd or the kernel; without "
               "`servers`."},
      {.name = "estimated_error",
       .metric = "clock_estimated_error_seconds",
       .unit = Unit::kSeconds,
       .help = "How wrong the kernel believes its clock to be; without `servers` and chronyd."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  using monitor::Result;
  const std::vector<std::string> none;
  monitor::CheckDescriptor type;
  type.name = "clock";
  type.summary = "Whether the clock is right: by NTP servers, by chronyd, or by the kernel.";
  type.keys = {
      {.name = "servers",
       .type = KeyType::kStringList,
       .help = "NTP servers to compare with, names or addresses, with `:PORT` if it is not 123. "
               "Without any, chronyd and the kernel are asked whether the clock is synchronised.",
       .default_value = none},
      {.name = "min_servers",
       .type = KeyType::kInteger,
       .help = "Fewer answers that count are a failure. With 3, one server that lies is outvoted.",
       .default_value = std::int64_t{1},
       .minimum = 1,
       .maximum = 16},
      {.name = "chrony",
       .type = KeyType::kString,
       .help =
           "Where chronyd on this host answers questions about itself; asked without `servers`. "
           "Empty: not asked.",
       .default_value = "127.0.0.1:323"},
  };
  type.measurements = measurements();
  // A clock that something steers is right within some 10 ms over the internet, and half of the way
  // there and back is all that an uneven path can make of it: from 100 ms on nobody steers it any
  // more (ntpd steps a clock that is 128 ms off). At a second, orders of events and short leases go
  // wrong, and chronyd's usual setting would step it.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "offset", .text = "100ms"},
      {.severity = Result::kFail, .measurement = "offset", .text = "1s"},
  };
  // Public servers ask not to be asked more often than about once a minute, and clocks drift
  // slowly.
  type.pinned = {.interval = "5m", .timeout = "5s", .fall = "2"};
  type.reasons = {Reason::kTimeout,     Reason::kDns,        Reason::kRefused, Reason::kUnreachable,
                  Reason::kProtocol,    Reason::kStatus,     Reason::kAuth,    Reason::kRateLimited,
                  Reason::kUnsupported, Reason::kPermission, Reason::kStuck,   Reason::kAgent,
                  Reason::kInternal};
  type.example =
      "[checks.clock]\n"
      "type = \"clock\"\n"
      "servers = [\"0.debian.pool.ntp.org\", \"1.debian.pool.ntp.org\", \"192.0.2.1:123\"]\n"
      "min_servers = 2\n"
      "warn = { offset = \"50ms\" }\n";
  type.make = &make;
  return type;
}

// RFC 5905 section 7.4: after DENY and RSTR no packet may follow, after RATE fewer.
monitor::Duration pause_after(const Outcome& kiss) {
  return kiss.reason == Reason::kAuth ? std::chrono::hours(24) : std::chrono::minutes(15);
}

bool is_kiss(const Outcome& outcome) {
  return outcome.phase == Phase::kEvaluate &&
         (outcome.reason == Reason::kAuth || outcome.reason == Reason::kRateLimited);
}

// Of those that count, by offset.
const NtpReply& median(const std::vector<const NtpReply*>& replies) {
  const std::size_t middle = replies.size() / 2;
  if (replies.size() % 2 == 0 &&
      replies[middle - 1]->sample.root_distance_s <= replies[middle]->sample.root_distance_s) {
    return *replies[middle - 1];
  }
  return *replies[middle];
}

std::string told(const NtpReply& reply) {
  const NtpSample& sample = reply.sample;
  std::string text = seconds_text(std::abs(sample.offset_s));
  text += sample.offset_s < 0 ? " ahead of " : " behind ";
  text += reply.peer + " (stratum " + std::to_string(sample.stratum) + ", root distance " +
          seconds_text(sample.root_distance_s) + ")";
  return text;
}

}  // namespace

const monitor::CheckDescriptor& clock_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult server_clock_result(const std::vector<ServerReply>& replies, std::size_t min_servers) {
  CheckResult result;
  std::vector<const NtpReply*> counted;
  std::vector<Outcome> failures;
  for (const ServerReply& reply : replies) {
    if (reply) {
      counted.push_back(&*reply);
    } else {
      failures.push_back(reply.error());
    }
  }
  add(result, "answering", static_cast<double>(counted.size()));
  result.measurements.back().total = static_cast<double>(replies.size());
  if (counted.empty()) {
    result.outcome = merge_failures(std::move(failures));
    return result;
  }
  std::sort(counted.begin(), counted.end(), [](const NtpReply* a, const NtpReply* b) {
    return a->sample.offset_s < b->sample.offset_s;
  });
  const NtpReply& chosen = median(counted);
  add(result, "offset", std::abs(chosen.sample.offset_s));
  add(result, "stratum", chosen.sample.stratum);
  add(result, "root_distance", chosen.sample.root_distance_s);
  add(result, "delay", chosen.sample.delay_s);
  std::string message = told(chosen);
  if (counted.size() > 1) {
    const double spread = counted.back()->sample.offset_s - counted.front()->sample.offset_s;
    add(result, "spread", spread);
    message += ", " + std::to_string(counted.size()) + " servers within " + seconds_text(spread);
  }
  for (const Outcome& failure : failures) {
    message += "; " + failure.message;
  }
  result.outcome = Outcome::pass(message);
  if (counted.size() < min_servers && !failures.empty()) {
    result.outcome = merge_failures(std::move(failures));
    result.outcome.message = std::to_string(counted.size()) + " of " +
                             std::to_string(replies.size()) + " servers gave a time, " +
                             std::to_string(min_servers) + " wanted: " + message;
  }
  return result;
}

ClockCheck::ClockCheck(ClockOptions options)
    : min_servers_(options.min_servers), chrony_(options.chrony) {
  for (NtpServer& server : options.servers) {
    Server entry;
    entry.address = std::move(server);
    servers_.push_back(std::move(entry));
  }
}

std::string ClockCheck::target() const {
  std::string text;
  for (const Server& server : servers_) {
    text += (text.empty() ? "" : " ") + server.address.shown;
  }
  return text;
}

Task<std::vector<ServerReply>> ClockCheck::ask_all(RunContext& context) {
  const TimePoint give_up = patience_ends(context);
  std::vector<ServerReply> replies;
  for (const Server& server : servers_) {
    replies.push_back(std::unexpected(server.kiss.value_or(Outcome::unknown(
        Reason::kInternal, Phase::kRun, server.address.shown + ": the agent failed to ask"))));
  }
  std::vector<Task<ServerReply>> tasks;
  std::vector<std::size_t> asked;  // which server each task asks
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    if (server.kiss && context.clock().now() < server.kiss_ends) {
      continue;
    }
    server.kiss.reset();
    NtpServer address = server.address;
    tasks.push_back(ask_ntp_server(context, std::move(address), give_up));
    asked.push_back(i);
  }
  auto ends = co_await monitor::all_of<ServerReply>(context.executor(), std::move(tasks));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) {
      replies[asked[i]] = std::move(*ends[i]);
    }
  }
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!replies[i] && is_kiss(replies[i].error()) && !servers_[i].kiss) {
      servers_[i].kiss = replies[i].error();
      servers_[i].kiss_ends = context.clock().now() + pause_after(replies[i].error());
    }
  }
  co_return replies;
}

// Where no chronyd runs, the kernel refuses at once; who else holds that port is not waited for.
Task<std::optional<ChronyTracking>> ClockCheck::ask_chrony(RunContext& context) const {
  constexpr monitor::Duration kPatience = std::chrono::milliseconds(500);
  constexpr int kMostDatagrams = 16;
  if (!chrony_) {
    co_return std::nullopt;
  }
  std::array<std::uint8_t, 4> sequence_bytes{};
  fill_nonce(sequence_bytes);
  const auto sequence = std::bit_cast<std::uint32_t>(sequence_bytes);
  const std::array<std::uint8_t, kChronyPacketSize> request = chrony_request(sequence);
  const TimePoint until = std::min(context.clock().now() + kPatience, patience_ends(context));
  DatagramSocket socket(context.executor());
  if (send_datagram(socket, *chrony_, request)) {
    co_return std::nullopt;
  }
  for (int i = 0; i < kMostDatagrams; ++i) {
    const std::optional<Datagram> datagram = co_await receive_datagram(context, socket, until);
    if (!datagram || datagram->error) {
      break;
    }
    const auto tracking = parse_chrony_tracking(datagram->data(), sequence);
    if (tracking) {
      co_return tracking;
    }
  }
  co_return std::nullopt;
}

Task<CheckResult> ClockCheck::run(RunContext& context) {
  if (servers_.empty()) {
    context.enter(Phase::kQuery);
    const std::optional<ChronyTracking> chrony = co_await ask_chrony(context);
    context.enter(Phase::kRun);
    co_return local_clock_result(read_kernel_clock(), chrony);
  }
  context.enter(Phase::kFirstByte);
  const std::vector<ServerReply> replies = co_await ask_all(context);
  if (context.verbose()) {
    for (const ServerReply& reply : replies) {
      context.tell(reply ? told(*reply) : reply.error().message);
    }
  }
  if (replies.size() == 1 && replies.front()) {
    context.set_peer(replies.front()->peer);
  }
  context.enter(Phase::kEvaluate);
  co_return server_clock_result(replies, min_servers_);
}

}  // namespace hale::checks
