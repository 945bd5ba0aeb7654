#include "checks/tcp_check.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <utility>
#include <vector>

#include "checks/net/connect.h"
#include "checks/net/resolve.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;

// Nothing where the host is an address or could be a name.
std::optional<std::string> problem_with(const std::string& host) {
  if (literal_address(host)) {
    return std::nullopt;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    const std::string inner = host.substr(1, host.size() - 2);
    return "\"" + host + "\" is not a host (write \"" + inner + "\")";
  }
  if (host.contains("://")) {
    return "\"" + host + "\" is a URL, not a host (write the name alone, \"db.internal\")";
  }
  if (host.contains(':')) {
    return "\"" + host + "\" is not a host (the port has a key of its own, `port`)";
  }
  const auto odd = [](char c) { return c <= ' ' || c == 0x7F || c == '/'; };
  if (host.empty() || host.size() > 253 || std::any_of(host.begin(), host.end(), odd)) {
    return "\"" + host + "\" is not a host (write a name or an address, \"127.0.0.1\")";
  }
  return std::nullopt;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  const std::string& host = parameters.text("host");
  if (auto problem = problem_with(host)) {
    return std::unexpected(ParameterError{.key = "host", .message = std::move(*problem)});
  }
  const auto port = static_cast<asio::ip::port_type>(parameters.integer("port"));
  return std::make_unique<TcpCheck>(host, port);
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  monitor::CheckDescriptor type;
  type.name = "tcp";
  type.summary =
      "Whether a TCP port accepts connections; a service that accepts and then hangs passes.";
  type.keys = {
      {.name = "host",
       .type = KeyType::kString,
       .help =
           "Name or address, IPv4 or IPv6. The addresses of a name are tried in order until one "
           "accepts.",
       .required = true},
      {.name = "port",
       .type = KeyType::kInteger,
       .help = "TCP port.",
       .required = true,
       .minimum = 1,
       .maximum = 65535},
  };
  type.reasons = {Reason::kTimeout,     Reason::kDns,      Reason::kRefused, Reason::kReset,
                  Reason::kUnreachable, Reason::kProtocol, Reason::kStuck,   Reason::kUnsupported,
                  Reason::kPermission,  Reason::kAgent,    Reason::kInternal};
  type.example =
      "[checks.database]\n"
      "type = \"tcp\"\n"
      "critical = true\n"
      "host = \"127.0.0.1\"\n"
      "port = 5432\n"
      "warn = { duration = \"100ms\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& tcp_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

TcpCheck::TcpCheck(std::string host, asio::ip::port_type port)
    : host_(std::move(host)), port_(port) {
  if (const auto address = literal_address(host_)) {
    endpoint_.emplace(*address, port_);
    target_ = endpoint_text(*endpoint_);
  } else {
    target_ = host_ + ":" + std::to_string(port_);
  }
}

// Not a coroutine itself: the path of an address is to have no more of them than it needs.
monitor::Task<CheckResult> TcpCheck::run(monitor::RunContext& context) {
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
  result.outcome = co_await connect_first(context, std::move(*addresses), port_);
  co_return result;
}

}  // namespace hale::checks
