#include "checks/websocket_check.h"

#include <algorithm>
#include <array>
#include <expected>
#include <memory>
#include <utility>

#include "checks/excerpt.h"
#include "checks/net/secure_port.h"
#include "checks/patience.h"
#include "monitor/runtime/first_of.h"
#include "monitor/utf8.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::KeyType;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Reason;
using websocket::MessageStep;
using websocket::WebSocketOptions;

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.contains(c);
  });
}

std::optional<ParameterError> header_error(const monitor::TextMap& headers) {
  constexpr std::array<std::string_view, 3> kOurs = {"upgrade", "connection", "content-length"};
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!is_token(name)) {
      return ParameterError{.key = "headers", .message = in_quotes(name) + " is not a header"};
    }
    if (lower.starts_with("sec-websocket-") || std::ranges::count(kOurs, lower) > 0) {
      return ParameterError{.key = "headers." + name, .message = "is the protocol's own"};
    }
    if (value.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return ParameterError{.key = "headers." + name, .message = "has line ends in it"};
    }
  }
  return std::nullopt;
}

std::expected<std::vector<MessageStep>, ParameterError> read_steps(
    const std::vector<Parameters>& tables) {
  std::vector<MessageStep> steps;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::string where = "dialogue[" + std::to_string(i) + "]";
    if (tables[i].has("expect") == tables[i].has("send")) {
      return std::unexpected(
          ParameterError{.key = where, .message = "a step has exactly one of `expect` and `send`"});
    }
    if (tables[i].has("send")) {
      std::string text = tables[i].secret("send").value;
      if (!monitor::is_utf8(text)) {
        return std::unexpected(ParameterError{
            .key = where + ".send", .message = "is not UTF-8, which a text message has to be"});
      }
      steps.emplace_back(Send{std::move(text)});
      continue;
    }
    auto pattern = Pattern::compile(tables[i].text("expect"));
    if (!pattern) {
      return std::unexpected(
          ParameterError{.key = where + ".expect",
                         .message = in_quotes(tables[i].text("expect")) + " " + pattern.error()});
    }
    steps.emplace_back(Expect{.pattern = std::move(*pattern)});
  }
  return steps;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  WebSocketOptions options;
  auto url = websocket::parse_url(parameters.text("url"));
  if (!url) {
    return std::unexpected(ParameterError{.key = "url", .message = std::move(url.error())});
  }
  options.url = std::move(*url);
  options.headers = parameters.map("headers");
  if (auto error = header_error(options.headers)) {
    return std::unexpected(std::move(*error));
  }
  options.subprotocol = parameters.text("subprotocol");
  if (!options.subprotocol.empty() && !is_token(options.subprotocol)) {
    return std::unexpected(ParameterError{
        .key = "subprotocol",
        .message = in_quotes(options.subprotocol) + " is not a protocol's name (write \"mqtt\")"});
  }
  auto steps = read_steps(parameters.tables("dialogue"));
  if (!steps) {
    return std::unexpected(std::move(steps.error()));
  }
  options.dialogue = std::move(*steps);
  options.max_message = static_cast<std::size_t>(parameters.integer("max_message"));
  auto tls_options = tls::read_tls_options(parameters.table("tls"));
  if (!tls_options) {
    return std::unexpected(std::move(tls_options.error()));
  }
  options.tls_options = std::move(*tls_options);
  return std::make_unique<WebSocketCheck>(std::move(options));
}

std::vector<monitor::KeyDescriptor> dialogue_keys() {
  return {
      {.name = "expect",
       .type = KeyType::kString,
       .help = "A regular expression (RE2) to find in a message; those before it that do not "
               "match are passed over."},
      {.name = "send",
       .type = KeyType::kString,
       .help = "A text message to send. May come from a file, for what is secret.",
       .secret = true},
  };
}

monitor::CheckDescriptor describe() {
  constexpr std::int64_t kDefaultMessage = std::int64_t{64} * 1024;
  constexpr std::int64_t kMostMessage = std::int64_t{16} * 1024 * 1024;
  monitor::CheckDescriptor type;
  type.name = "websocket";
  type.summary = "Whether a server upgrades to WebSocket and answers messages as it should.";
  type.keys = {
      {.name = "url",
       .type = KeyType::kString,
       .help =
           "\"ws://host:port/path\" or \"wss://...\", the latter in TLS as the table `tls` says.",
       .required = true},
      {.name = "headers",
       .type = KeyType::kMap,
       .help = "Headers of the request, beside those of the protocol.",
       .default_value = monitor::TextMap(),
       .secret = true},
      {.name = "subprotocol",
       .type = KeyType::kString,
       .help = "The subprotocol to ask for; a server that does not choose it fails.",
       .default_value = std::string()},
      {.name = "dialogue",
       .type = KeyType::kTableList,
       .help = "What to say and to hear, in order: each step has one of these keys.",
       .default_value = std::vector<Parameters>(),
       .keys = dialogue_keys()},
      {.name = "max_message",
       .type = KeyType::kSize,
       .help = "The longest message to take from the server.",
       .default_value = kDefaultMessage,
       .minimum = 1,
       .maximum = kMostMessage},
      tls::tls_table(),
  };
  type.measurements = {tls::expires_in_measurement()};
  type.default_limits = tls::expires_in_limits();
  type.reasons = connection_reasons();
  type.reasons.push_back(Reason::kRateLimited);
  type.example =
      "[checks.events]\n"
      "type = \"websocket\"\n"
      "url = \"wss://events.internal/stream\"\n"
      "subprotocol = \"events.v1\"\n"
      "dialogue = [{ send = \"{\\\"op\\\":\\\"ping\\\"}\" }, { expect = \"pong\" }]\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& websocket_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

WebSocketCheck::WebSocketCheck(WebSocketOptions options) : options_(std::move(options)) {
  const std::string& path = options_.url.path;
  target_ = (options_.url.secure ? "wss://" : "ws://") + options_.url.authority +
            path.substr(0, path.find('?'));
}

monitor::Task<CheckResult> WebSocketCheck::run(monitor::RunContext& context) {
  CheckResult result;
  websocket::Session session(context, options_);
  auto task = session.run();
  auto outcome = co_await monitor::with_deadline(context.executor(), context.clock(),
                                                 patience_ends(context), std::move(task));
  result.outcome = outcome ? std::move(*outcome) : session.interrupted();
  result.excerpt = session.excerpt();
  session.stream().report_certificate(result);
  co_return result;
}

}  // namespace hale::checks
