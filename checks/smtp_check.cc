#include "checks/smtp_check.h"

#include <algorithm>
#include <expected>
#include <memory>
#include <utility>

#include "checks/excerpt.h"
#include "checks/net/resolve.h"
#include "checks/net/secure_port.h"
#include "checks/patience.h"
#include "monitor/runtime/first_of.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::KeyType;
using monitor::ParameterError;
using monitor::Parameters;
using smtp::SmtpOptions;

bool is_one_word(const std::string& text) {
  return std::ranges::none_of(text, [](char c) {
    return c == '<' || c == '>' || static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
  });
}

bool is_this_host(const std::string& host) {
  const auto address = literal_address(host);
  return address ? address->is_loopback() : host == "localhost";
}

// What would end a command early, or a password where everybody can read it.
std::optional<ParameterError> find_error(const Parameters& parameters, const SmtpOptions& options) {
  if (auto error = host_error(parameters)) {
    return error;
  }
  for (const char* const key : {"ehlo", "sender", "recipient"}) {
    if (parameters.has(key) && !is_one_word(parameters.text(key))) {
      return ParameterError{.key = key,
                            .message = in_quotes(parameters.text(key)) +
                                       " has blanks or brackets (write \"name@example.com\")"};
    }
  }
  if (options.ehlo.empty()) {
    return ParameterError{.key = "ehlo", .message = "a name is needed (write \"mx.example.com\")"};
  }
  if (options.starttls && options.tls) {
    return ParameterError{.key = "starttls",
                          .message = "TLS begins once only, and `tls.enabled` begins it as well"};
  }
  if (options.username.empty() != options.password.empty()) {
    return ParameterError{.key = options.username.empty() ? "username" : "password",
                          .message = "`username` and `password` go together"};
  }
  if (!options.username.empty() && !options.starttls && !options.tls &&
      !is_this_host(options.host)) {
    return ParameterError{.key = "password",
                          .message =
                              "would cross the network in the clear (set `starttls`, or "
                              "`enabled` in the table `tls`)"};
  }
  return std::nullopt;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  SmtpOptions options;
  options.host = parameters.text("host");
  options.port = static_cast<asio::ip::port_type>(parameters.integer("port"));
  options.starttls = parameters.boolean("starttls");
  options.tls = parameters.table("tls").boolean("enabled");
  options.ehlo = parameters.text("ehlo");
  options.username = parameters.text("username");
  options.password = parameters.has("password") ? parameters.secret("password").value : "";
  options.asks_for_mailbox = parameters.has("sender") || parameters.has("recipient");
  options.sender = parameters.has("sender") ? parameters.text("sender") : "";
  options.recipient = parameters.has("recipient") ? parameters.text("recipient") : "";
  if (auto error = find_error(parameters, options)) {
    return std::unexpected(std::move(*error));
  }
  auto tls_options = tls::read_tls_options(parameters.table("tls"));
  if (!tls_options) {
    return std::unexpected(std::move(tls_options.error()));
  }
  options.tls_options = std::move(*tls_options);
  return std::make_unique<SmtpCheck>(std::move(options));
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "smtp";
  type.summary = "Whether a mail server greets, speaks TLS, lets a user in and would take mail.";
  type.keys = {
      host_key(),
      port_key(25),
      {.name = "starttls",
       .type = KeyType::kBoolean,
       .help = "Whether to change to TLS by STARTTLS; a server that does not offer it fails.",
       .default_value = false},
      {.name = "ehlo",
       .type = KeyType::kString,
       .help = "The name to greet with.",
       .default_value = std::string("localhost")},
      {.name = "username",
       .type = KeyType::kString,
       .help = "Whom to log in as, by AUTH PLAIN or LOGIN. Default: nobody.",
       .default_value = std::string()},
      {.name = "password",
       .type = KeyType::kString,
       .help = "The password; refused without TLS, except on this host.",
       .secret = true},
      {.name = "sender",
       .type = KeyType::kString,
       .help = "Asks whether the server takes mail from this address; \"\" is the empty sender. No "
               "mail is sent."},
      {.name = "recipient",
       .type = KeyType::kString,
       .help = "Asks whether the server takes mail for this address. No mail is sent."},
      tls::tls_table({{.name = "enabled",
                       .type = KeyType::kBoolean,
                       .help = "Whether TLS begins right after connecting, as on port 465.",
                       .default_value = false}}),
  };
  type.measurements = {tls::expires_in_measurement()};
  type.default_limits = tls::expires_in_limits();
  type.reasons = connection_reasons();
  std::erase(type.reasons, monitor::Reason::kValidation);
  type.example =
      "[checks.mail]\n"
      "type = \"smtp\"\n"
      "host = \"mail.internal\"\n"
      "port = 587\n"
      "starttls = true\n"
      "tls = { ca_file = \"/etc/ssl/internal-ca.pem\" }\n"
      "recipient = \"postmaster@example.com\"\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& smtp_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

SmtpCheck::SmtpCheck(SmtpOptions options) : options_(std::move(options)) {}

std::string SmtpCheck::target() const {
  return host_and_port(options_.host, options_.port);
}

monitor::Task<CheckResult> SmtpCheck::run(monitor::RunContext& context) {
  CheckResult result;
  smtp::Session session(context, options_);
  auto task = session.run();
  auto outcome = co_await monitor::with_deadline(context.executor(), context.clock(),
                                                 patience_ends(context), std::move(task));
  result.outcome = outcome ? std::move(*outcome) : session.interrupted();
  result.excerpt = session.excerpt();
  session.stream().report_certificate(result);
  co_return result;
}

}  // namespace hale::checks
