#include "checks/http/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "checks/base64.h"
#include "checks/net/resolve.h"

namespace hale::checks::http {
namespace {

using monitor::KeyType;
using monitor::ParameterError;
using monitor::Parameters;
using Problem = std::optional<ParameterError>;

Problem problem(std::string key, std::string message) {
  return ParameterError{.key = std::move(key), .message = std::move(message)};
}

Problem read_headers(const Parameters& parameters, Settings& settings) {
  for (const auto& [name, text] : parameters.map("headers")) {
    if (!is_token(name)) {
      return problem("headers", "\"" + name + "\" is not the name of a header field");
    }
    if (has_control(text.value)) {
      return problem("headers", name + ": its value has control characters in it");
    }
    settings.request.headers.push_back({.name = name, .value = text.value});
    if (text.secret) {
      settings.mask.add(text.value);
    }
  }
  return std::nullopt;
}

Problem authorize(Settings& settings, const std::string& key, const std::string& value) {
  for (const HeaderLine& header : settings.request.headers) {
    if (same_name(header.name, "Authorization")) {
      return problem(key,
                     "there is a second one that says who asks (`headers`, `basic_auth` or "
                     "`bearer_token`: leave one)");
    }
  }
  settings.request.headers.push_back({.name = "Authorization", .value = value});
  return std::nullopt;
}

Problem read_credentials(const Parameters& parameters, Settings& settings) {
  if (parameters.has("basic_auth")) {
    const Parameters& basic = parameters.table("basic_auth");
    const std::string& user = basic.text("username");
    const std::string& password = basic.secret("password").value;
    if (user.contains(':') || has_control(user)) {
      return problem("basic_auth.username", "a name has no colon in it");
    }
    const std::string encoded = base64(user + ":" + password);
    settings.mask.add(password);
    settings.mask.add(encoded);
    if (auto error = authorize(settings, "basic_auth", "Basic " + encoded)) {
      return error;
    }
  }
  if (parameters.has("bearer_token")) {
    const std::string& token = parameters.secret("bearer_token").value;
    if (token.empty() || has_control(token)) {
      return problem("bearer_token", "a token is one line of text");
    }
    settings.mask.add(token);
    return authorize(settings, "bearer_token", "Bearer " + token);
  }
  return std::nullopt;
}

Problem read_request(const Parameters& parameters, Settings& settings) {
  const std::string& text = parameters.text("url");
  auto url = parse_url(text);
  if (!url) {
    const bool credentials = url.error().contains("credentials");
    return problem("url", (credentials ? "the URL" : "\"" + text + "\"") + url.error());
  }
  settings.request.url = std::move(*url);
  settings.request.method = parameters.text("method");
  if (parameters.has("body")) {
    settings.request.body = parameters.secret("body").value;
    settings.request.has_body = !settings.request.body.empty();
    if (settings.request.has_body && settings.request.method == "HEAD") {
      return problem("body", "a HEAD request has none");
    }
  }
  if (auto error = read_headers(parameters, settings)) {
    return error;
  }
  return read_credentials(parameters, settings);
}

Problem read_proxy(const Parameters& parameters, Settings& settings) {
  if (!parameters.has("proxy")) {
    return std::nullopt;
  }
  constexpr const char* kHelp =
      "is not a proxy (write \"http://proxy:3128\", "
      "\"http://user:password@proxy:3128\" or \"socks5h://proxy:1080\")";
  std::string text = parameters.secret("proxy").value;
  const bool socks = text.starts_with("socks5h://");
  if (!socks && !text.starts_with("http://")) {
    return problem("proxy", std::string("the value ") + kHelp);
  }
  Proxy proxy;
  proxy.scheme = socks ? "socks5h" : "http";
  const std::size_t authority = text.find("://") + 3;
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) {
    const std::string login = text.substr(authority, at - authority);
    const std::size_t colon = std::min(login.find(':'), login.size());
    proxy.user = login.substr(0, colon);
    proxy.password = login.substr(std::min(colon + 1, login.size()));
    settings.mask.add(proxy.password);
    text.erase(authority, at + 1 - authority);
  }
  const auto url = parse_url("http://" + text.substr(authority));
  const std::string rest = url ? url->text.substr(url->text.find('/', 7)) : "?";
  if (!url || rest != "/") {
    return problem("proxy", std::string("the value ") + kHelp);
  }
  const bool has_port = text.rfind(':') > authority && !text.ends_with(']');
  proxy.host = url->host;
  proxy.port = has_port ? url->port : (socks ? 1080 : 3128);
  settings.options.proxy = std::move(proxy);
  return std::nullopt;
}

Problem read_route(const Parameters& parameters, Settings& settings) {
  settings.family = family_of(parameters.text("address_family"));
  settings.all_addresses = parameters.text("addresses") == "all";
  if (auto error = read_proxy(parameters, settings)) {
    return error;
  }
  if (settings.options.proxy && settings.all_addresses) {
    return problem("addresses", "behind a proxy there is only the proxy's choice (leave it out)");
  }
  if (parameters.has("connect_to")) {
    const std::string& text = parameters.text("connect_to");
    settings.detour = parse_detour(text);
    if (!settings.detour) {
      return problem("connect_to", "\"" + text +
                                       "\" is not an address (write \"10.0.0.1\", "
                                       "\"10.0.0.1:8080\", \"[::1]:8080\")");
    }
    if (settings.options.proxy) {
      return problem("connect_to", "behind a proxy the proxy connects (leave one of them)");
    }
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, Version>, 4> kVersions = {
    {{"any", Version::kAny}, {"1.0", Version::k10}, {"1.1", Version::k11}, {"2", Version::k2}}};

monitor::KeyDescriptor basic_auth_key() {
  return {.name = "basic_auth",
          .type = KeyType::kTable,
          .help = "Name and password, sent with the first request (RFC 7617).",
          .keys = {{.name = "username",
                    .type = KeyType::kString,
                    .help = "The name; no colon.",
                    .required = true},
                   {.name = "password",
                    .type = KeyType::kString,
                    .help = "The password.",
                    .default_value = monitor::Secret(),
                    .secret = true}}};
}

void add_request_keys(std::vector<monitor::KeyDescriptor>& keys) {
  keys.push_back({.name = "url",
                  .type = KeyType::kString,
                  .help = "What to ask for, http:// or https://.",
                  .required = true});
  keys.push_back({.name = "method",
                  .type = KeyType::kChoice,
                  .help = "The request's method.",
                  .default_value = std::string("GET"),
                  .choices = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}});
  keys.push_back({.name = "headers",
                  .type = KeyType::kMap,
                  .help = "Header fields to send; a value may be { file = \"x\" }.",
                  .default_value = monitor::TextMap(),
                  .secret = true});
  keys.push_back(
      {.name = "body", .type = KeyType::kString, .help = "The request's body.", .secret = true});
  keys.push_back(basic_auth_key());
  keys.push_back({.name = "bearer_token",
                  .type = KeyType::kString,
                  .help = "Sent as \"Authorization: Bearer\" (RFC 6750).",
                  .secret = true});
}

void add_redirect_keys(std::vector<monitor::KeyDescriptor>& keys) {
  keys.push_back({.name = "follow_redirects",
                  .type = KeyType::kBoolean,
                  .help = "Whether to go where the server points to. Credentials never go along to "
                          "another host, or from https to http.",
                  .default_value = true});
  keys.push_back({.name = "max_redirects",
                  .type = KeyType::kInteger,
                  .help = "How many redirects to follow.",
                  .default_value = std::int64_t{10},
                  .minimum = 1,
                  .maximum = 50});
}

void add_route_keys(std::vector<monitor::KeyDescriptor>& keys) {
  keys.push_back({.name = "http_version",
                  .type = KeyType::kChoice,
                  .help =
                      "\"any\" is HTTP/2 where TLS and server offer it, else 1.1; \"2\" demands "
                      "it, without TLS by prior knowledge.",
                  .default_value = std::string("any"),
                  .choices = {"any", "1.0", "1.1", "2"}});
  keys.push_back({.name = "compressed",
                  .type = KeyType::kBoolean,
                  .help = "Whether to accept packed bodies (gzip, deflate, br, zstd) and unpack "
                          "them.",
                  .default_value = true});
  keys.push_back({.name = "address_family",
                  .type = KeyType::kChoice,
                  .help = "Which of the host's addresses to use.",
                  .default_value = std::string("any"),
                  .choices = {"any", "ipv4", "ipv6"}});
  keys.push_back({.name = "addresses",
                  .type = KeyType::kChoice,
                  .help = "\"first\" is the first address that accepts; \"all\" asks each at the "
                          "same time, with a result of its own.",
                  .default_value = std::string("first"),
                  .choices = {"first", "all"}});
  keys.push_back({.name = "connect_to",
                  .type = KeyType::kString,
                  .help = "Connect to this address, with or without a port, instead of what the "
                          "host's name resolves to."});
  keys.push_back({.name = "proxy",
                  .type = KeyType::kString,
                  .help = "Ask through this proxy, \"http://proxy:3128\" or \"socks5h://…\"; the "
                          "environment's settings are not looked at.",
                  .secret = true});
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [kOthers](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.contains(c);
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F; });
}

std::optional<Detour> parse_detour(const std::string& text) {
  if (const auto address = literal_address(text)) {
    return Detour{.address = *address, .port = std::nullopt};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return std::nullopt;
  }
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  const auto address = literal_address(host);
  if (!address || error != std::errc() || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return Detour{.address = *address, .port = port};
}

std::vector<monitor::KeyDescriptor> http_keys() {
  std::vector<monitor::KeyDescriptor> keys;
  add_request_keys(keys);
  add_redirect_keys(keys);
  keys.push_back({.name = "expect",
                  .type = KeyType::kTable,
                  .help = "What must hold of the answer.",
                  .keys = expect_keys()});
  add_route_keys(keys);
  keys.push_back(tls::tls_table());
  return keys;
}

std::expected<Settings, ParameterError> read_settings(const Parameters& parameters) {
  Settings settings;
  if (auto error = read_request(parameters, settings)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = read_route(parameters, settings)) {
    return std::unexpected(std::move(*error));
  }
  auto expect = Expectations::make(parameters.table("expect"));
  if (!expect) {
    return std::unexpected(std::move(expect.error()));
  }
  auto tls_options = tls::read_tls_options(parameters.table("tls"));
  if (!tls_options) {
    return std::unexpected(std::move(tls_options.error()));
  }
  settings.follow_redirects = parameters.boolean("follow_redirects");
  settings.max_redirects = static_cast<int>(parameters.integer("max_redirects"));
  settings.options.tls = std::move(*tls_options);
  const std::string& version = parameters.text("http_version");
  settings.options.version =
      std::ranges::find(kVersions, version, &std::pair<std::string_view, Version>::first)->second;
  settings.options.compressed = parameters.boolean("compressed");
  settings.options.keep_body = expect->needs_body();
  settings.options.max_size = expect->max_size();
  settings.expect = std::move(*expect);
  return settings;
}

}  // namespace hale::checks::http
