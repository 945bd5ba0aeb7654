// What the check type `listener` declares about itself, and how it is made from its keys.
#include <algorithm>
#include <array>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "checks/excerpt.h"
#include "checks/listener_check.h"
#include "checks/net/resolve.h"

namespace hale::checks {
namespace {

using monitor::ParameterError;
using monitor::Parameters;
using monitor::Reason;

std::unexpected<ParameterError> wrong(std::string key, std::string message) {
  return std::unexpected(ParameterError{.key = std::move(key), .message = std::move(message)});
}

std::expected<ListenerQuestion, ParameterError> read_path(const Parameters& parameters) {
  ListenerQuestion question;
  question.protocol = SocketProtocol::kUnix;
  question.path = parameters.text("path");
  constexpr std::size_t kLongest = 107;
  if (parameters.has("port")) {
    return wrong("path", "a listener has a `port` or a `path`, not both");
  }
  if (parameters.has("address")) {
    return wrong("address", "a Unix socket has none");
  }
  if (!question.path.starts_with('/') && !question.path.starts_with('@')) {
    return wrong("path", in_quotes(question.path) +
                             " is not a Unix socket (write \"/run/x.sock\", or \"@name\" for an "
                             "abstract one)");
  }
  if (question.path.size() > kLongest) {
    return wrong("path", "is longer than a Unix socket's may be (107 bytes)");
  }
  return question;
}

std::expected<ListenerQuestion, ParameterError> read_question(const Parameters& parameters) {
  if (parameters.has("path")) {
    return read_path(parameters);
  }
  if (!parameters.has("port")) {
    return wrong("port", "is missing (write a port, or the `path` of a Unix socket)");
  }
  ListenerQuestion question;
  question.protocol =
      parameters.text("protocol") == "udp" ? SocketProtocol::kUdp : SocketProtocol::kTcp;
  question.port = static_cast<std::uint16_t>(parameters.integer("port"));
  if (!parameters.has("address")) {
    return question;
  }
  const std::string& text = parameters.text("address");
  question.both_wildcards = text == "*";
  question.address = question.both_wildcards ? std::nullopt : literal_address(text);
  if (!question.both_wildcards && !question.address) {
    return wrong("address", in_quotes(text) +
                                " is not an address (write \"127.0.0.1\", \"::1\", \"0.0.0.0\", or "
                                "\"*\" for every address by IPv4 and IPv6)");
  }
  return question;
}

std::string text_or_empty(const Parameters& parameters, std::string_view key) {
  return parameters.has(key) ? parameters.text(key) : "";
}

// A name without a suffix is a service, as for systemctl(1).
std::string unit_name(std::string name) {
  constexpr std::array<std::string_view, 3> kSuffixes = {".service", ".socket", ".scope"};
  const bool whole = std::ranges::any_of(
      kSuffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
  return name.empty() || whole ? name : name + ".service";
}

std::expected<OwnerExpectation, ParameterError> read_owner(const Parameters& table) {
  OwnerExpectation owner;
  for (const std::string_view key : {"unit", "executable", "user", "container"}) {
    if (table.has(key) && table.text(key).empty()) {
      return wrong("owner." + std::string(key), "is empty");
    }
  }
  owner.unit = unit_name(text_or_empty(table, "unit"));
  owner.executable = text_or_empty(table, "executable");
  owner.user = text_or_empty(table, "user");
  owner.container = text_or_empty(table, "container");
  if (owner.unit.contains('/')) {
    return wrong("owner.unit", in_quotes(owner.unit) + " is not a unit (write \"nginx.service\")");
  }
  return owner;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  ListenerOptions options;
  auto question = read_question(parameters);
  if (!question) {
    return std::unexpected(std::move(question.error()));
  }
  options.question = std::move(*question);
  auto owner = read_owner(parameters.table("owner"));
  if (!owner) {
    return std::unexpected(std::move(owner.error()));
  }
  options.owner = std::move(*owner);
  if (parameters.has("connect")) {
    options.connect = parameters.boolean("connect");
  }
  if (options.connect.value_or(false) && options.question.protocol == SocketProtocol::kUdp) {
    return wrong("connect", "UDP has no connections (leave it out, or ask with type = \"udp\")");
  }
  return std::make_unique<ListenerCheck>(std::move(options));
}

std::vector<monitor::KeyDescriptor> owner_keys() {
  using monitor::KeyType;
  return {
      {.name = "unit",
       .type = KeyType::kString,
       .help =
           "A unit of systemd, \"nginx.service\"; without a suffix a service. A service's socket "
           "unit counts as the service."},
      {.name = "executable",
       .type = KeyType::kString,
       .help = "The program: its path, or the last part of it. Takes the right to look at foreign "
               "processes."},
      {.name = "user",
       .type = KeyType::kString,
       .help =
           "As whom the socket was made, by name or number; of a server that gives up its rights "
           "later, mostly root."},
      {.name = "container",
       .type = KeyType::kString,
       .help = "The id of a container, or at least 12 digits of it; of a machine its name."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "listener";
  type.summary =
      "Whether somebody listens on a port or a Unix socket, and whether it is the right one.";
  type.keys = {
      {.name = "port",
       .type = KeyType::kInteger,
       .help = "The port. This or `path` is required.",
       .minimum = 1,
       .maximum = 65535},
      {.name = "path",
       .type = KeyType::kString,
       .help = "A Unix socket: its path, or \"@name\" of an abstract one."},
      {.name = "address",
       .type = KeyType::kString,
       .help =
           "At which of the host's addresses: who gets what is sent there, be it by a wildcard. "
           "\"0.0.0.0\" and \"::\" are the wildcards, \"*\" is both. Default: at any; the owner "
           "has to have the port at every address then."},
      {.name = "protocol",
       .type = KeyType::kChoice,
       .help = "Of the port.",
       .default_value = std::string("tcp"),
       .choices = {"tcp", "udp"}},
      {.name = "owner",
       .type = KeyType::kTable,
       .help = "Whose it has to be; all that is given has to hold.",
       .keys = owner_keys()},
      {.name = "connect",
       .type = KeyType::kBoolean,
       .help =
           "Whether to connect to it, from this host. Default: true, but for UDP and for systemd's "
           "socket units, whose service a connection would start."},
  };
  type.measurements = {{.name = "backlog",
                        .metric = "listener_backlog",
                        .has_total = true,
                        .help =
                            "Connections that wait to be accepted; a share is of how many may. Of "
                            "several listeners the fullest; absent of UDP."}};
  // Once the queue is full the kernel drops connections, and clients wait seconds to try again.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "backlog", .text = "80%"},
  };
  type.reasons = {Reason::kTimeout,     Reason::kRefused,    Reason::kReset,
                  Reason::kUnreachable, Reason::kProtocol,   Reason::kOverloaded,
                  Reason::kMissing,     Reason::kConflict,   Reason::kStuck,
                  Reason::kUnsupported, Reason::kPermission, Reason::kAgent,
                  Reason::kInternal};
  type.example =
      "[checks.dashboard-port]\n"
      "type = \"listener\"\n"
      "port = 9100\n"
      "owner = { unit = \"nelson-dashboard.service\" }\n"
      "fail = { backlog = \"100%\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& listener_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

}  // namespace hale::checks
