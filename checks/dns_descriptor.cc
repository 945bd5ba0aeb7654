// What the check type `dns` declares about itself, and how it is made from its keys.
#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include "checks/dns/codes.h"
#include "checks/dns/name.h"
#include "checks/dns_check.h"
#include "checks/net/resolve.h"
#include "checks/net/secure_port.h"

namespace hale::checks {
namespace {

using dns::Transport;
using monitor::ParameterError;
using monitor::Parameters;

template <class T>
using OrError = std::expected<T, ParameterError>;

std::unexpected<ParameterError> refuse(std::string key, std::string message) {
  return std::unexpected(ParameterError{.key = std::move(key), .message = std::move(message)});
}

OrError<dns::Query> make_question(const Parameters& parameters) {
  dns::Query query;
  const std::string& type_text = parameters.text("record_type");
  const std::optional<std::uint16_t> type = dns::type_number(type_text);
  if (!type) {
    return refuse("record_type", "\"" + type_text +
                                     "\" is no record type (write \"A\", \"AAAA\", \"MX\", "
                                     "\"SOA\", ..., or \"TYPE65\" by its number)");
  }
  const std::string& name = parameters.text("name");
  const std::optional<std::string> reverse =
      *type == dns::kTypePtr ? dns::reverse_name(name) : std::nullopt;
  auto wire = dns::encode_name(reverse.value_or(name));
  if (!wire) {
    return refuse("name", "\"" + name + "\" " + wire.error());
  }
  if (std::any_of(name.begin(), name.end(), [](char c) { return c <= ' ' || c == 0x7F; })) {
    return refuse("name", "\"" + name +
                              "\" has characters that no domain name has (write an international "
                              "name in its \"xn--\" form)");
  }
  if (*type != dns::kTypePtr && literal_address(name)) {
    return refuse("name",
                  "\"" + name + "\" is an address (record_type = \"PTR\" asks for its name)");
  }
  query.name = std::move(*wire);
  std::size_t offset = 0;
  query.question.name = dns::read_name(query.name, offset).value_or(".");
  query.question.type = *type;
  query.options.recursion = parameters.boolean("recursion");
  query.options.dnssec_ok = parameters.boolean("dnssec");
  query.options.edns_size = static_cast<std::uint16_t>(parameters.integer("edns_size"));
  query.tries = static_cast<int>(parameters.integer("tries"));
  if (query.options.edns_size > 0 && query.options.edns_size < 512) {
    return refuse("edns_size", "less than 512 means nothing (write 512 to 65535, or 0 for none)");
  }
  if (query.options.dnssec_ok && query.options.edns_size == 0) {
    return refuse("dnssec", "needs EDNS, which edns_size = 0 switches off");
  }
  return query;
}

OrError<std::vector<std::string>> expected_texts(const Parameters& table, const std::string& key,
                                                 std::uint16_t type) {
  std::vector<std::string> texts;
  for (const std::string& text : table.list(key)) {
    std::optional<std::string> form = dns::comparable(text, type);
    if (!form) {
      return refuse("expect." + key,
                    "\"" + text + "\" is no address of a record of type " + dns::type_text(type));
    }
    texts.push_back(std::move(*form));
  }
  return texts;
}

OrError<std::optional<Pattern>> expected_pattern(const Parameters& table, const std::string& key) {
  const std::string& text = table.text(key);
  if (text.empty()) {
    return std::nullopt;
  }
  auto pattern = Pattern::compile(text);
  if (!pattern) {
    return refuse("expect." + key, "\"" + text + "\" " + pattern.error());
  }
  return std::move(*pattern);
}

OrError<dns::Expectation> make_expectation(const Parameters& table, std::uint16_t type) {
  dns::Expectation expected;
  const std::string& rcode = table.text("rcode");
  const std::optional<std::uint16_t> number = dns::rcode_number(rcode);
  if (!number) {
    return refuse("expect.rcode", "\"" + rcode + "\" is no response code");
  }
  auto contains = expected_texts(table, "contains", type);
  auto exactly = expected_texts(table, "exactly", type);
  auto regex = expected_pattern(table, "regex");
  auto not_regex = expected_pattern(table, "not_regex");
  for (const ParameterError* error :
       {contains ? nullptr : &contains.error(), exactly ? nullptr : &exactly.error(),
        regex ? nullptr : &regex.error(), not_regex ? nullptr : &not_regex.error()}) {
    if (error != nullptr) {
      return std::unexpected(*error);
    }
  }
  expected.rcode = *number;
  expected.contains = std::move(*contains);
  expected.exactly = std::move(*exactly);
  expected.regex = std::move(*regex);
  expected.not_regex = std::move(*not_regex);
  expected.min_answers = table.integer("min_answers");
  expected.authoritative = table.boolean("authoritative");
  expected.authenticated = table.boolean("authenticated");
  return expected;
}

OrError<std::vector<std::string>> make_servers(const Parameters& parameters) {
  std::vector<std::string> servers = parameters.list("servers");
  const std::string& server = parameters.text("server");
  if (!server.empty()) {
    if (!servers.empty()) {
      return refuse("server", "cannot stand beside `servers`");
    }
    if (auto problem = problem_with_host(server)) {
      return refuse("server", std::move(*problem));
    }
    servers.push_back(server);
    return servers;
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (auto problem = problem_with_host(servers[i])) {
      return refuse("servers", std::move(*problem));
    }
    if (std::count(servers.begin(), servers.end(), servers[i]) > 1) {
      return refuse("servers", "\"" + servers[i] + "\" stands there twice");
    }
  }
  return servers;
}

Transport transport_of(std::string_view choice) {
  return choice == "tls" ? Transport::kTls : choice == "tcp" ? Transport::kTcp : Transport::kUdp;
}

std::uint16_t port_of(const Parameters& parameters, Transport transport) {
  constexpr std::uint16_t kDomain = 53;
  constexpr std::uint16_t kDomainOverTls = 853;
  if (parameters.has("port")) {
    return static_cast<std::uint16_t>(parameters.integer("port"));
  }
  return transport == Transport::kTls ? kDomainOverTls : kDomain;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  DnsSettings settings;
  auto query = make_question(parameters);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto expected = make_expectation(parameters.table("expect"), query->question.type);
  if (!expected) {
    return std::unexpected(std::move(expected.error()));
  }
  auto servers = make_servers(parameters);
  if (!servers) {
    return std::unexpected(std::move(servers.error()));
  }
  auto tls_options = tls::read_tls_options(parameters.table("tls"));
  if (!tls_options) {
    return std::unexpected(std::move(tls_options.error()));
  }
  settings.tls_options = std::move(*tls_options);
  settings.transport = transport_of(parameters.text("transport"));
  if (settings.transport != Transport::kTls && settings.tls_options != tls::TlsOptions()) {
    return refuse("transport", "the table `tls` is for another one (write transport = \"tls\")");
  }
  settings.query = std::move(*query);
  settings.expected = std::move(*expected);
  settings.query.options.authentic_data = settings.expected.authenticated;
  settings.servers = std::move(*servers);
  settings.as_items = !parameters.list("servers").empty();
  settings.same_serial = parameters.boolean("same_serial");
  settings.port = port_of(parameters, settings.transport);
  settings.family = family_of(parameters.text("family"));
  return std::make_unique<DnsCheck>(std::move(settings));
}

std::vector<monitor::KeyDescriptor> expect_keys() {
  using monitor::KeyType;
  const std::vector<std::string> none;
  return {
      {.name = "rcode",
       .type = KeyType::kChoice,
       .help = "The response code; with any but NOERROR no answers are asked for.",
       .default_value = std::string("NOERROR"),
       .choices = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}},
      {.name = "contains",
       .type = KeyType::kStringList,
       .help = "Answers that must be among those that come, as in a zone file: \"192.0.2.1\", \"10 "
               "mail.example.com\". The case of names and their last dot do not count.",
       .default_value = none},
      {.name = "exactly",
       .type = KeyType::kStringList,
       .help = "The answers, all of them, in any order.",
       .default_value = none},
      {.name = "regex",
       .type = KeyType::kString,
       .help = "A regular expression (RE2) that at least one answer must match.",
       .default_value = std::string()},
      {.name = "not_regex",
       .type = KeyType::kString,
       .help = "A regular expression (RE2) that no answer may match.",
       .default_value = std::string()},
      {.name = "min_answers",
       .type = KeyType::kInteger,
       .help = "How many answers must come at least; 0 lets a name have no such record.",
       .default_value = std::int64_t{1},
       .minimum = 0,
       .maximum = 1000},
      {.name = "authoritative",
       .type = KeyType::kBoolean,
       .help = "Whether the answer must come from the zone itself, not from a cache (AA).",
       .default_value = false},
      {.name = "authenticated",
       .type = KeyType::kBoolean,
       .help = "Whether the server must have validated the answer by DNSSEC (AD).",
       .default_value = false},
  };
}

std::vector<monitor::KeyDescriptor> server_keys() {
  using monitor::KeyType;
  const std::vector<std::string> none;
  return {
      {.name = "server",
       .type = KeyType::kString,
       .help = "Name or address of the name server. Default: the first of /etc/resolv.conf.",
       .default_value = std::string()},
      {.name = "servers",
       .type = KeyType::kStringList,
       .help = "Several name servers instead, asked at the same time, each an item.",
       .default_value = none},
      {.name = "port",
       .type = KeyType::kInteger,
       .help = "The servers' port. Default: 53, over TLS 853.",
       .minimum = 1,
       .maximum = 65535},
      {.name = "transport",
       .type = KeyType::kChoice,
       .help = "How to ask: by datagrams (an answer that is cut off is asked for again over TCP), "
               "over TCP from the start, or over TLS (DNS over TLS).",
       .default_value = std::string("udp"),
       .choices = {"udp", "tcp", "tls"}},
      family_key(),
      tls::tls_table(),
  };
}

std::vector<monitor::KeyDescriptor> question_keys() {
  using monitor::KeyType;
  return {
      {.name = "name",
       .type = KeyType::kString,
       .help = "The name to ask for; with record_type PTR, an address will do.",
       .required = true},
      {.name = "record_type",
       .type = KeyType::kString,
       .help =
           "The type of record to ask for: A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, CAA, any "
           "other by its name or as TYPE65. Aliases are followed within the answer.",
       .default_value = std::string("A")},
      {.name = "recursion",
       .type = KeyType::kBoolean,
       .help = "Whether the server is asked to look elsewhere for the answer (RD).",
       .default_value = true},
      {.name = "dnssec",
       .type = KeyType::kBoolean,
       .help = "Whether the server is asked to send signatures along (DO).",
       .default_value = false},
      {.name = "edns_size",
       .type = KeyType::kInteger,
       .help = "How many bytes an answer over UDP may have (EDNS); 0 asks as in 1987.",
       .default_value = std::int64_t{1232},
       .minimum = 0,
       .maximum = 65535},
      {.name = "tries",
       .type = KeyType::kInteger,
       .help = "Datagrams to send, spread over the timeout, until one is answered. More than 1 "
               "hides that datagrams get lost.",
       .default_value = std::int64_t{1},
       .minimum = 1,
       .maximum = 10},
      {.name = "same_serial",
       .type = KeyType::kBoolean,
       .help = "Of several servers that are asked for an SOA: whether one whose serial is behind "
               "another's is a warning.",
       .default_value = true},
      {.name = "expect",
       .type = KeyType::kTable,
       .help = "What the answer must be.",
       .default_value = std::nullopt,
       .keys = expect_keys()},
  };
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "answers",
       .metric = "dns_answers",
       .unit = Unit::kNone,
       .bad = Bad::kLow,
       .help = "Records of the asked type in the answer."},
      {.name = "ttl",
       .metric = "dns_ttl_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kLow,
       .help = "How long the answer may be kept: the least TTL of its records."},
      {.name = "serial",
       .metric = "dns_serial",
       .unit = Unit::kNone,
       .bad = Bad::kLow,
       .help = "The serial of the zone, where an SOA was asked for."},
      {.name = "serial_lag",
       .metric = "dns_serial_lag",
       .unit = Unit::kNone,
       .bad = Bad::kHigh,
       .help = "How far the serial is behind that of the foremost of several servers."},
      tls::expires_in_measurement(),
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "dns";
  type.summary =
      "Whether a name server answers, how fast, and whether the answer is the right one.";
  type.item_label = "server";
  type.keys = question_keys();
  for (monitor::KeyDescriptor& key : server_keys()) {
    type.keys.push_back(std::move(key));
  }
  type.measurements = measurements();
  type.default_limits = tls::expires_in_limits();
  type.reasons = connection_reasons();
  type.example =
      "[checks.zone]\n"
      "type = \"dns\"\n"
      "name = \"example.com\"\n"
      "record_type = \"SOA\"\n"
      "servers = [\"192.0.2.53\", \"198.51.100.53\"]\n"
      "expect = { authoritative = true }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& dns_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

}  // namespace hale::checks
