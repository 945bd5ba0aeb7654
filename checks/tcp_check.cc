#include "checks/tcp_check.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "checks/net/connect.h"
#include "checks/net/resolve.h"
#include "checks/net/secure_port.h"
#include "checks/net/starttls.h"
#include "checks/net/stream.h"
#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/first_of.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;

bool begins_tls(const Dialogue& steps) {
  return std::ranges::any_of(
      steps, [](const DialogueStep& step) { return std::holds_alternative<StartTls>(step); });
}

// What is to happen after connecting, from the keys `starttls`, `tls.enabled` and `dialogue`.
std::expected<Dialogue, ParameterError> read_steps(const Parameters& parameters) {
  auto dialogue = read_dialogue(parameters.tables("dialogue"));
  if (!dialogue) {
    return dialogue;
  }
  Dialogue steps;
  if (parameters.text("starttls") != "none") {
    steps = starttls_steps(parameters.text("starttls"));
  } else if (parameters.table("tls").boolean("enabled") && !begins_tls(*dialogue)) {
    steps.emplace_back(StartTls());
  }
  if (begins_tls(steps) && begins_tls(*dialogue)) {
    return std::unexpected(ParameterError{
        .key = "starttls", .message = "TLS begins once only, and `dialogue` begins it as well"});
  }
  steps.insert(steps.end(), std::make_move_iterator(dialogue->begin()),
               std::make_move_iterator(dialogue->end()));
  return steps;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  if (auto error = host_error(parameters)) {
    return std::unexpected(std::move(*error));
  }
  auto steps = read_steps(parameters);
  if (!steps) {
    return std::unexpected(std::move(steps.error()));
  }
  auto options = tls::read_tls_options(parameters.table("tls"));
  if (!options) {
    return std::unexpected(std::move(options.error()));
  }
  if (!begins_tls(*steps) && *options != tls::TlsOptions()) {
    return std::unexpected(ParameterError{
        .key = "tls",
        .message = "has no effect without TLS (add `enabled = true`, or `starttls`)"});
  }
  const auto port = static_cast<asio::ip::port_type>(parameters.integer("port"));
  return std::make_unique<TcpCheck>(parameters.text("host"), port, std::move(*steps),
                                    std::move(*options));
}

monitor::Task<Outcome> talk(monitor::RunContext& context, ByteStream& stream,
                            Conversation& conversation, std::string host,
                            asio::ip::port_type port) {
  auto failure = co_await stream.open(std::move(host), port);
  if (!failure) {
    failure = co_await conversation.run(context);
  }
  if (failure) {
    co_return std::move(*failure);
  }
  const monitor::Duration spent = context.clock().now() - context.started();
  std::string message = "answered as expected in " + monitor::format_duration(spent);
  if (stream.encrypted()) {
    message += "; " + stream.tls_text();
  }
  co_return Outcome::pass(std::move(message));
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  monitor::CheckDescriptor type;
  type.name = "tcp";
  type.summary =
      "Whether a TCP port accepts connections and, if asked for, speaks TLS and answers.";
  type.keys = {host_key(), port_key(), starttls_key(), dialogue_key(),
               tls::tls_table({{.name = "enabled",
                                .type = KeyType::kBoolean,
                                .help = "Whether TLS begins right after connecting.",
                                .default_value = false}})};
  type.measurements = {tls::expires_in_measurement()};
  type.default_limits = tls::expires_in_limits();
  type.reasons = connection_reasons();
  type.example =
      "[checks.mail]\n"
      "type = \"tcp\"\n"
      "critical = true\n"
      "host = \"mail.internal\"\n"
      "port = 25\n"
      "starttls = \"smtp\"\n"
      "dialogue = [{ send = \"NOOP\\r\\n\" }, { expect = \"^250 \" }]\n"
      "tls = { ca_file = \"/etc/ssl/internal-ca.pem\" }\n"
      "warn = { duration = \"500ms\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& tcp_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

TcpCheck::TcpCheck(std::string host, asio::ip::port_type port)
    : TcpCheck(std::move(host), port, {}, {}) {}

TcpCheck::TcpCheck(std::string host, asio::ip::port_type port, Dialogue steps,
                   tls::TlsOptions options)
    : host_(std::move(host)),
      port_(port),
      target_(host_and_port(host_, port_)),
      steps_(std::move(steps)),
      options_(std::move(options)) {
  if (const auto address = literal_address(host_)) {
    endpoint_.emplace(*address, port_);
  }
}

// Not a coroutine itself: the path of an address is to have no more of them than it needs.
monitor::Task<CheckResult> TcpCheck::run(monitor::RunContext& context) {
  if (!steps_.empty()) {
    return run_steps(context);
  }
  return endpoint_ ? run_address(context, *endpoint_, target_) : run_name(context);
}

monitor::Task<CheckResult> TcpCheck::run_address(monitor::RunContext& context,
                                                 asio::ip::tcp::endpoint endpoint,
                                                 std::string peer) const {
  context.set_peer(std::move(peer));
  context.enter(Phase::kConnect);
  const monitor::TimePoint started = context.clock().now();
  Socket socket(context.executor());
  const asio::error_code error = co_await connect(socket, endpoint);
  CheckResult result;
  if (!error) {
    const monitor::Duration spent = context.clock().now() - started;
    result.outcome = Outcome::pass("connected in " + monitor::format_duration(spent));
    if (context.verbose()) {
      asio::error_code ignored;
      context.tell("connected to " + endpoint_text(endpoint) + " from " +
                   endpoint_text(socket.local_endpoint(ignored)));
    }
  } else if (error == asio::error::operation_aborted) {
    result.outcome = connect_timeout(context.deadline() - started);
  } else {
    result.outcome = connect_failure(error);
  }
  co_return result;
}

monitor::Task<CheckResult> TcpCheck::run_name(monitor::RunContext& context) const {
  CheckResult result;
  std::string host = host_;
  auto addresses = co_await resolve(context, std::move(host));
  if (!addresses) {
    result.outcome = std::move(addresses.error());
    co_return result;
  }
  if (addresses->size() == 1) {
    const asio::ip::tcp::endpoint endpoint(addresses->front(), port_);
    std::string peer = endpoint_text(endpoint);
    co_return co_await run_address(context, endpoint, std::move(peer));
  }
  Socket socket(context.executor());
  result.outcome = co_await connect_first(context, std::move(*addresses), port_, socket);
  co_return result;
}

monitor::Task<CheckResult> TcpCheck::run_steps(monitor::RunContext& context) const {
  CheckResult result;
  ByteStream stream(context);
  Conversation conversation(stream, steps_, options_, host_);
  auto task = talk(context, stream, conversation, host_, port_);
  auto outcome = co_await monitor::with_deadline(context.executor(), context.clock(),
                                                 patience_ends(context), std::move(task));
  result.outcome = outcome ? std::move(*outcome) : conversation.interrupted(context);
  result.excerpt = conversation.excerpt();
  stream.report_certificate(result);
  co_return result;
}

}  // namespace hale::checks
