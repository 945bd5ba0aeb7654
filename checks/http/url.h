// URLs as libcurl reads them (RFC 3986, and what browsers make of it): one parser for what the
// configuration says and for where a server redirects to. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hale::checks::http {

struct Url {
  std::string text;    // whole, normalised, without fragment and credentials
  std::string scheme;  // "http" or "https"
  std::string host;    // in lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;

  bool secure() const { return scheme == "https"; }
  // For people, and without what a query may hide: "https://host/path?…".
  std::string shown() const;
  bool operator==(const Url&) const = default;
};

// An error continues a sentence that began with the URL: " is not a URL (…)".
std::expected<Url, std::string> parse_url(std::string_view text);

// Where a Location header leads from `base` (RFC 9110, section 10.2.2). Credentials in it are left
// out.
std::expected<Url, std::string> resolve_reference(const Url& base, std::string_view reference);

// The same URL with another host.
Url with_host(const Url& url, const std::string& host);

// "host", "host:8080", "[::1]:8080": what a Host header says; the scheme's own port is left out.
std::string host_header(const Url& url);

}  // namespace hale::checks::http
