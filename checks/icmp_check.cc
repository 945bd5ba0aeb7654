#include "checks/icmp_check.h"

#include <algorithm>
#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "checks/icmp/tally.h"
#include "checks/net/connect.h"
#include "checks/net/nonce.h"
#include "checks/net/secure_port.h"
#include "checks/patience.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using icmp::EchoSocket;
using icmp::Tally;
using monitor::CheckResult;
using monitor::Duration;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

// One run's packets: sends them in time, and counts what comes of them.
class Ping {
 public:
  Ping(RunContext& context, EchoSocket& socket, const IcmpSettings& settings)
      : context_(context), socket_(socket), settings_(settings) {
    std::array<std::uint8_t, icmp::kNonceBytes> nonce{};
    fill_nonce(nonce);
    payload_ = icmp::make_payload(nonce, settings.size);
  }

  // Until everything is answered, or `settings.wait` after the last packet, or `give_up`.
  Task<> run(TimePoint give_up) {
    TimePoint now = context_.clock().now();
    TimePoint next_send = now;
    const Duration spacing = spacing_until(give_up - now);
    for (;;) {
      if (to_send() > 0 && now >= next_send) {
        if (!send(now)) {
          co_return;
        }
        next_send = now + spacing;
        last_reply_by_ = std::min(now + settings_.wait, give_up);
      }
      take_all();
      if (to_send() == 0 && tally_.settled()) {
        co_return;
      }
      const TimePoint until = to_send() > 0 ? std::min(next_send, give_up) : last_reply_by_;
      now = context_.clock().now();
      if (now >= until && (to_send() == 0 || until == give_up)) {
        co_return;
      }
      if (now < until) {
        co_await socket_.wait(context_.clock(), until);
        now = context_.clock().now();
      }
    }
  }

  const Tally& tally() const { return tally_; }
  // What kept the agent from sending.
  const std::optional<Outcome>& trouble() const { return trouble_; }

 private:
  int to_send() const { return settings_.count - static_cast<int>(tally_.sent()); }

  // Half of the time is for the packets to be sent, however many there are; the other half for the
  // last one to come back.
  Duration spacing_until(Duration left) const {
    const Duration widest = left / 2 / std::max(1, settings_.count - 1);
    return std::min(settings_.spacing, widest);
  }

  bool send(TimePoint now) {
    const auto sequence = static_cast<std::uint16_t>(tally_.sent());
    tally_.on_sent(now);
    const asio::error_code error = socket_.send(sequence, payload_);
    if (!error) {
      return true;
    }
    trouble_ = connect_failure(error);
    trouble_->phase = Phase::kSend;
    if (error.value() == EMSGSIZE) {
      trouble_ = Outcome::fail(Reason::kUnreachable, Phase::kSend,
                               "a packet of " + std::to_string(settings_.size) +
                                   " bytes and its headers does not fit into the network at hand",
                               "EMSGSIZE");
    }
    return false;
  }

  void take_all() {
    constexpr int kMostAtOnce = 256;  // a flood must not hold the loop
    for (int i = 0; i < kMostAtOnce; ++i) {
      auto news = socket_.next(context_.clock());
      if (!news) {
        return;
      }
      if (auto* const arrival = std::get_if<icmp::Arrival>(&*news)) {
        take(*arrival);
      } else {
        take(std::get<icmp::Objection>(std::move(*news)));
      }
    }
  }

  void take(const icmp::Arrival& arrival) {
    const icmp::Bytes sent(payload_);
    const icmp::Bytes came = arrival.payload;
    // Without the nonce it answers somebody else, or an earlier run.
    if (came.size() < icmp::kNonceBytes ||
        !std::equal(sent.begin(), sent.begin() + icmp::kNonceBytes, came.begin())) {
      return;
    }
    const bool intact = std::equal(sent.begin(), sent.end(), came.begin(), came.end());
    const bool news = tally_.on_reply(arrival.sequence, context_.clock().now(), arrival.queued,
                                      arrival.ttl, intact);
    if (news && context_.verbose()) {
      context_.tell("reply " + std::to_string(arrival.sequence + 1) + ", ttl " +
                    std::to_string(arrival.ttl) + (intact ? "" : ", with other data"));
    }
  }

  void take(icmp::Objection objection) {
    if (context_.verbose()) {
      context_.tell("packet " + std::to_string(objection.sequence + 1) + ": " +
                    objection.complaint.from +
                    " says: " + icmp::explain(socket_.version(), objection.complaint));
    }
    tally_.on_complaint(objection.sequence, std::move(objection.complaint));
  }

  RunContext& context_;
  EchoSocket& socket_;
  const IcmpSettings& settings_;
  std::vector<std::uint8_t> payload_;
  Tally tally_;
  TimePoint last_reply_by_;
  std::optional<Outcome> trouble_;
};

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  IcmpSettings settings;
  settings.host = parameters.text("host");
  if (auto error = host_error(parameters)) {
    return std::unexpected(std::move(*error));
  }
  settings.family = family_of(parameters.text("family"));
  settings.count = static_cast<int>(parameters.integer("count"));
  settings.spacing = parameters.duration("spacing");
  settings.wait = parameters.duration("wait");
  settings.size = static_cast<std::size_t>(parameters.integer("size"));
  settings.socket.ttl = static_cast<int>(parameters.integer("ttl"));
  settings.socket.dont_fragment = parameters.boolean("dont_fragment");
  for (const std::string_view key : {"spacing", "wait"}) {
    if (parameters.duration(key) <= Duration::zero()) {
      return std::unexpected(
          ParameterError{.key = std::string(key), .message = "must be more than 0"});
    }
  }
  return std::make_unique<IcmpCheck>(std::move(settings));
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  return {
      single_host_key(),
      family_key(),
      {.name = "count",
       .type = KeyType::kInteger,
       .help = "Echo requests a run.",
       .default_value = std::int64_t{3},
       .minimum = 1,
       .maximum = 1000},
      {.name = "spacing",
       .type = KeyType::kDuration,
       .help = "Between two requests; less where all of them would take more than half of the "
               "timeout.",
       .default_value = Duration(std::chrono::milliseconds(200))},
      {.name = "wait",
       .type = KeyType::kDuration,
       .help = "How long a reply to the last request may take before what is missing counts as "
               "lost; the timeout ends it as well.",
       .default_value = Duration(std::chrono::seconds(1))},
      {.name = "size",
       .type = KeyType::kSize,
       .help = "Bytes in a request, without its headers; the first 8 are drawn at random.",
       .default_value = std::int64_t{56},
       .minimum = static_cast<std::int64_t>(icmp::kNonceBytes),
       .maximum = static_cast<std::int64_t>(icmp::kMostPayload)},
      {.name = "ttl",
       .type = KeyType::kInteger,
       .help = "How many routers a request may pass; 0: as many as the system's default.",
       .default_value = std::int64_t{0},
       .minimum = 0,
       .maximum = 255},
      {.name = "dont_fragment",
       .type = KeyType::kBoolean,
       .help = "Whether a request that is too large for the way is refused instead of cut: with "
               "`size`, a check of the path's MTU.",
       .default_value = false},
  };
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "loss",
       .metric = "icmp_loss_ratio",
       .unit = Unit::kRatio,
       .bad = Bad::kHigh,
       .help = "Share of the requests of a run that were not answered."},
      {.name = "rtt",
       .metric = "icmp_rtt_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kHigh,
       .help = "From a request to its reply, on average over the run; the agent's own delay is not "
               "in it."},
      {.name = "rtt_max",
       .metric = "icmp_rtt_max_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kHigh,
       .help = "The longest of the run."},
      {.name = "jitter",
       .metric = "icmp_jitter_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kHigh,
       .help = "By how much the times of two replies in a row differ, on average."},
      {.name = "ttl",
       .metric = "icmp_ttl",
       .unit = Unit::kNone,
       .bad = Bad::kLow,
       .help = "The least time to live (hop limit) that a reply had left: it changes with the way "
               "back."},
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "icmp";
  type.summary = "Whether a host answers echo requests (ping), how many get lost, and how fast.";
  type.keys = keys();
  type.measurements = measurements();
  type.default_limits = {
      {.severity = monitor::Result::kWarn, .measurement = "loss", .text = ">= 50%"},
  };
  type.reasons = {Reason::kTimeout,    Reason::kDns,     Reason::kUnreachable, Reason::kProtocol,
                  Reason::kValidation, Reason::kStuck,   Reason::kUnsupported, Reason::kPermission,
                  Reason::kAgent,      Reason::kInternal};
  type.example =
      "[checks.gateway]\n"
      "type = \"icmp\"\n"
      "host = \"192.0.2.1\"\n"
      "count = 5\n"
      "warn = { rtt = \"50ms\", loss = \"20%\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& icmp_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

Task<CheckResult> IcmpCheck::run(RunContext& context) {
  CheckResult result;
  std::string host = settings_.host;
  auto address = co_await address_of(context, std::move(host), settings_.family);
  if (!address) {
    result.outcome = std::move(address.error());
    co_return result;
  }
  context.set_peer(address->to_string());
  context.enter(Phase::kSend);
  auto socket = EchoSocket::open(context.executor(), *address, settings_.socket);
  if (!socket) {
    result.outcome = std::move(socket.error());
    co_return result;
  }
  if (context.verbose()) {
    context.tell("pinging " + address->to_string() + " through a " +
                 ((*socket)->raw() ? "raw socket" : "socket for echoes"));
  }
  context.enter(Phase::kFirstByte);
  const TimePoint give_up = patience_ends(context);
  const Duration patience = std::min(settings_.wait, give_up - context.clock().now());
  Ping ping(context, **socket, settings_);
  co_await ping.run(give_up);
  if (const auto& trouble = ping.trouble(); trouble && ping.tally().received() == 0) {
    result.outcome = *trouble;
    co_return result;
  }
  result.outcome = ping.tally().outcome((*socket)->version(), patience);
  result.measurements = ping.tally().measurements();
  co_return result;
}

}  // namespace hale::checks
