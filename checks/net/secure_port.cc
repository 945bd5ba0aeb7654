#include "checks/net/secure_port.h"

#include <algorithm>
#include <utility>

#include "checks/net/connect.h"
#include "checks/net/resolve.h"

namespace hale::checks {

using monitor::KeyType;
using monitor::Reason;

std::optional<std::string> problem_with_host(const std::string& host) {
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

monitor::KeyDescriptor host_key() {
  return {.name = "host",
          .type = KeyType::kString,
          .help =
              "Name or address, IPv4 or IPv6. The addresses of a name are tried in order until "
              "one accepts.",
          .required = true};
}

monitor::KeyDescriptor port_key(std::optional<std::int64_t> default_port) {
  monitor::KeyDescriptor key{.name = "port",
                             .type = KeyType::kInteger,
                             .help = "TCP port.",
                             .required = !default_port.has_value(),
                             .minimum = 1,
                             .maximum = 65535};
  if (default_port) {
    key.default_value = *default_port;
  }
  return key;
}

std::optional<monitor::ParameterError> host_error(const monitor::Parameters& parameters) {
  if (auto problem = problem_with_host(parameters.text("host"))) {
    return monitor::ParameterError{.key = "host", .message = std::move(*problem)};
  }
  return std::nullopt;
}

std::vector<Reason> connection_reasons() {
  return {Reason::kTimeout,     Reason::kDns,        Reason::kRefused,     Reason::kReset,
          Reason::kUnreachable, Reason::kTls,        Reason::kCertificate, Reason::kProtocol,
          Reason::kStatus,      Reason::kValidation, Reason::kAuth,        Reason::kStuck,
          Reason::kUnsupported, Reason::kPermission, Reason::kAgent,       Reason::kInternal};
}

std::string host_and_port(const std::string& host, asio::ip::port_type port) {
  if (const auto address = literal_address(host)) {
    return endpoint_text({*address, port});
  }
  return host + ":" + std::to_string(port);
}

}  // namespace hale::checks
