#include "checks/udp_check.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>

#include "checks/excerpt.h"
#include "checks/net/byte_text.h"
#include "checks/net/connect.h"
#include "checks/net/datagram.h"
#include "checks/net/secure_port.h"
#include "checks/patience.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

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

constexpr std::size_t kMostPayload = 65507;  // of IPv4, in 65535 bytes with both headers

template <class T>
using OrError = std::expected<T, ParameterError>;

std::unexpected<ParameterError> refuse(std::string key, std::string message) {
  return std::unexpected(ParameterError{.key = std::move(key), .message = std::move(message)});
}

OrError<std::vector<std::uint8_t>> make_payload(const Parameters& parameters) {
  const std::string text = parameters.has("send") ? parameters.secret("send").value : "";
  const std::string& hex = parameters.text("send_hex");
  const std::string& base64 = parameters.text("send_base64");
  const int used = (text.empty() ? 0 : 1) + (hex.empty() ? 0 : 1) + (base64.empty() ? 0 : 1);
  if (used > 1) {
    return refuse(base64.empty() ? "send_hex" : "send_base64",
                  "only one of `send`, `send_hex` and `send_base64` can be sent");
  }
  std::vector<std::uint8_t> payload(text.begin(), text.end());
  std::string key = "send";
  if (!hex.empty() || !base64.empty()) {
    key = hex.empty() ? "send_base64" : "send_hex";
    auto bytes = hex.empty() ? bytes_from_base64(base64) : bytes_from_hex(hex);
    if (!bytes) {
      return refuse(std::move(key), "\"" + hex + base64 + "\" " + bytes.error());
    }
    payload = std::move(*bytes);
  }
  if (payload.size() > kMostPayload) {
    return refuse(std::move(key), "is more than a datagram holds (65507 bytes)");
  }
  return payload;
}

OrError<std::optional<Pattern>> make_pattern(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  auto pattern = Pattern::compile(text);
  if (!pattern) {
    return refuse("expect", "\"" + text + "\" " + pattern.error());
  }
  return std::move(*pattern);
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  UdpSettings settings;
  settings.host = parameters.text("host");
  if (auto error = host_error(parameters)) {
    return std::unexpected(std::move(*error));
  }
  auto payload = make_payload(parameters);
  if (!payload) {
    return std::unexpected(std::move(payload.error()));
  }
  auto pattern = make_pattern(parameters.text("expect"));
  if (!pattern) {
    return std::unexpected(std::move(pattern.error()));
  }
  settings.port = static_cast<std::uint16_t>(parameters.integer("port"));
  settings.family = family_of(parameters.text("family"));
  settings.payload = std::move(*payload);
  settings.expect = std::move(*pattern);
  settings.tries = static_cast<int>(parameters.integer("tries"));
  settings.wait = parameters.duration("wait");
  if (settings.wait <= Duration::zero()) {
    return refuse("wait", "must be more than 0");
  }
  return std::make_unique<UdpCheck>(std::move(settings));
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  monitor::KeyDescriptor port = port_key();
  port.help = "UDP port.";
  return {
      single_host_key(),
      std::move(port),
      family_key(),
      {.name = "send",
       .type = KeyType::kString,
       .help = "What to send, as text; may be a secret. Default: an empty datagram.",
       .secret = true},
      {.name = "send_hex",
       .type = KeyType::kString,
       .help = "The same in hexadecimal digits: \"00 01 ff\".",
       .default_value = std::string()},
      {.name = "send_base64",
       .type = KeyType::kString,
       .help = "The same in base64.",
       .default_value = std::string()},
      {.name = "expect",
       .type = KeyType::kString,
       .help = "A regular expression (RE2, on bytes) that the answer must match; \".*\" takes any. "
               "Without it, all that can be seen is a refusal: a service that swallows everything "
               "passes, and so does a host that is not there.",
       .default_value = std::string()},
      {.name = "tries",
       .type = KeyType::kInteger,
       .help =
           "Datagrams to send, spread over the timeout, until one is answered. More than 1 hides "
           "that datagrams get lost.",
       .default_value = std::int64_t{1},
       .minimum = 1,
       .maximum = 10},
      {.name = "wait",
       .type = KeyType::kDuration,
       .help = "Without `expect`: how long to wait for a refusal.",
       .default_value = Duration(std::chrono::milliseconds(500))},
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "udp";
  type.summary = "Whether a UDP port gives the expected answer, or at least does not refuse.";
  type.keys = keys();
  type.reasons = {Reason::kTimeout,    Reason::kDns,        Reason::kRefused, Reason::kUnreachable,
                  Reason::kProtocol,   Reason::kValidation, Reason::kStuck,   Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent,      Reason::kInternal};
  type.example =
      "[checks.game]\n"
      "type = \"udp\"\n"
      "host = \"192.0.2.7\"\n"
      "port = 27015\n"
      "send_hex = \"ffffffff 54536f7572636520456e67696e6520517565727900\"\n"
      "expect = '^\\xff{4}[IA]'\n";
  type.make = &make;
  return type;
}

Outcome failure(const asio::error_code& error, Phase phase) {
  Outcome outcome = connect_failure(error);
  outcome.phase = phase;
  if (error.value() == EMSGSIZE) {
    outcome = Outcome::fail(Reason::kUnreachable, phase,
                            "the datagram does not fit into the network at hand", "EMSGSIZE");
  }
  return outcome;
}

Outcome silence(bool expected, Duration patience, int tries) {
  const std::string time = monitor::format_duration(patience);
  if (!expected) {
    return Outcome::pass("not refused within " + time + "; without `expect`, no more is known");
  }
  return Outcome::fail(Reason::kTimeout, Phase::kFirstByte,
                       "no answer within " + time +
                           (tries > 1 ? " to " + std::to_string(tries) + " datagrams" : ""));
}

// Without `expect`, any answer will do.
Outcome judge(std::string_view answer, const std::optional<Pattern>& expect, Duration spent) {
  const std::string size = std::to_string(answer.size()) + " bytes";
  if (!expect || expect->match_end(answer)) {
    return Outcome::pass("answered with " + size + " in " + monitor::format_duration(spent));
  }
  return Outcome::fail(
      Reason::kValidation, Phase::kEvaluate,
      "the answer of " + size + " does not match \"" + expect->text() + "\": " + in_quotes(answer));
}

}  // namespace

const monitor::CheckDescriptor& udp_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

UdpCheck::UdpCheck(UdpSettings settings) : settings_(std::move(settings)) {
  target_ = host_and_port(settings_.host, settings_.port);
}

Task<CheckResult> UdpCheck::run(RunContext& context) {
  CheckResult result;
  std::string host = settings_.host;
  auto address = co_await address_of(context, std::move(host), settings_.family);
  if (!address) {
    result.outcome = std::move(address.error());
    co_return result;
  }
  context.set_peer(endpoint_text({*address, settings_.port}));
  context.enter(Phase::kSend);
  DatagramSocket socket(context.executor());
  const asio::error_code opened =
      open_datagram(socket, asio::ip::udp::endpoint(*address, settings_.port));
  if (opened) {
    result.outcome = failure(opened, Phase::kSend);
    co_return result;
  }
  const auto space = std::make_unique_for_overwrite<std::uint8_t[]>(kMostDatagramBytes);
  const std::span<std::uint8_t> buffer(space.get(), kMostDatagramBytes);
  const TimePoint started = context.clock().now();
  const bool expects = settings_.expect.has_value();
  TimePoint give_up = patience_ends(context);
  if (!expects) {
    give_up = std::min(give_up, started + settings_.wait);
  }
  const int tries = expects ? settings_.tries : 1;
  for (int left = tries; left > 0; --left) {
    context.enter(Phase::kSend);
    const asio::error_code sent = send_datagram(socket, settings_.payload);
    if (sent) {
      result.outcome = failure(sent, Phase::kSend);
      co_return result;
    }
    context.enter(Phase::kFirstByte);
    const TimePoint now = context.clock().now();
    const TimePoint until = left == 1 ? give_up : now + (give_up - now) / left;
    const Received received = co_await receive_until(socket, context.clock(), buffer, until);
    if (received.error) {
      result.outcome = failure(received.error, Phase::kFirstByte);
      co_return result;
    }
    if (received.in_time) {
      context.enter(Phase::kEvaluate);
      const std::string answer(buffer.begin(),
                               buffer.begin() + static_cast<std::ptrdiff_t>(received.size));
      result.outcome = judge(answer, settings_.expect, context.clock().now() - started);
      if (result.outcome.result != monitor::Result::kPass) {
        result.excerpt = escaped(answer);
      }
      if (context.verbose()) {
        context.tell("answer of " + std::to_string(received.size) + " bytes");
      }
      co_return result;
    }
  }
  result.outcome = silence(expects, give_up - started, tries);
  co_return result;
}

}  // namespace hale::checks
