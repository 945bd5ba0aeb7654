// What an http check was told to do: its keys, and the values that they hold once read. Immutable.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>

#include "checks/http/addresses.h"
#include "checks/http/exchange.h"
#include "checks/http/expect.h"
#include "checks/http/redirect.h"
#include "checks/mask.h"
#include "monitor/check_descriptor.h"

namespace hale::checks::http {

// Where to connect to instead of what the URL's host resolves to.
struct Detour {
  asio::ip::address address;
  std::optional<std::uint16_t> port;  // else the URL's
};

struct Settings {
  Request request;
  ExchangeOptions options;  // but the material, which each run asks for
  bool follow_redirects = true;
  int max_redirects = 10;
  Family family = Family::kAny;
  bool all_addresses = false;
  std::optional<Detour> detour;
  Expectations expect;
  Mask mask;
};

std::vector<monitor::KeyDescriptor> http_keys();

std::expected<Settings, monitor::ParameterError> read_settings(
    const monitor::Parameters& parameters);

bool is_token(std::string_view text);     // RFC 9110, section 5.6.2: the name of a header field
bool has_control(std::string_view text);  // what no value of a header field may have in it

// "10.0.0.1", "10.0.0.1:8080", "[::1]:8080", "::1"
std::optional<Detour> parse_detour(const std::string& text);

}  // namespace hale::checks::http
