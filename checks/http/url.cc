#include "checks/http/url.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace hale::checks::http {
namespace {

constexpr std::size_t kLongestUrl = 8000;

struct FreeUrl {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, FreeUrl>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) {
    return "";
  }
  std::string owned = text;
  ::curl_free(text);
  return owned;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool has_odd_bytes(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::expected<Url, std::string> to_url(CURLU* handle) {
  ::curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  Url url;
  url.scheme = lower(part_of(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https") {
    return std::unexpected(" is neither http nor https");
  }
  std::string host = part_of(handle, CURLUPART_HOST);
  if (!is_ascii(host)) {
    return std::unexpected(" has a host in another script (write its ASCII form, \"xn--…\")");
  }
  const std::string zone = part_of(handle, CURLUPART_ZONEID);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  url.host = lower(std::move(host));
  if (!zone.empty() && !url.host.contains('%')) {
    url.host += "%" + zone;
  }
  const std::string port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  url.text = part_of(handle, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  if (url.port == 0 || url.text.empty()) {
    return std::unexpected(" is not a URL (write \"https://example.org/health\")");
  }
  return url;
}

}  // namespace

std::string Url::shown() const {
  const std::size_t query = text.find('?');
  return query == std::string::npos ? text : text.substr(0, query) + "?…";
}

std::expected<Url, std::string> parse_url(std::string_view text) {
  if (text.size() > kLongestUrl) {
    return std::unexpected(" is longer than " + std::to_string(kLongestUrl) + " bytes");
  }
  if (has_odd_bytes(text)) {
    return std::unexpected(" has blanks or control characters in it (write \"%20\")");
  }
  if (!text.contains("://")) {
    return std::unexpected(" is not a URL (write \"http://" + std::string(text) + "\")");
  }
  const Handle handle(::curl_url());
  const CURLUcode code =
      ::curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER);
  if (code == CURLUE_USER_NOT_ALLOWED) {
    return std::unexpected(" has credentials in it (write them as `basic_auth`)");
  }
  if (code == CURLUE_UNSUPPORTED_SCHEME) {
    return std::unexpected(" is neither http nor https");
  }
  if (code != CURLUE_OK) {
    return std::unexpected(" is not a URL: " + std::string(::curl_url_strerror(code)));
  }
  return to_url(handle.get());
}

std::expected<Url, std::string> resolve_reference(const Url& base, std::string_view reference) {
  if (reference.size() > kLongestUrl) {
    return std::unexpected(" is longer than " + std::to_string(kLongestUrl) + " bytes");
  }
  const Handle handle(::curl_url());
  CURLUcode code = ::curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), 0);
  if (code == CURLUE_OK) {
    code = ::curl_url_set(handle.get(), CURLUPART_URL, std::string(reference).c_str(),
                          CURLU_URLENCODE | CURLU_ALLOW_SPACE);
  }
  if (code == CURLUE_UNSUPPORTED_SCHEME) {
    return std::unexpected(" is neither http nor https");
  }
  if (code != CURLUE_OK) {
    return std::unexpected(" is not a URL: " + std::string(::curl_url_strerror(code)));
  }
  ::curl_url_set(handle.get(), CURLUPART_USER, nullptr, 0);
  ::curl_url_set(handle.get(), CURLUPART_PASSWORD, nullptr, 0);
  ::curl_url_set(handle.get(), CURLUPART_OPTIONS, nullptr, 0);
  return to_url(handle.get());
}

Url with_host(const Url& url, const std::string& host) {
  const Handle handle(::curl_url());
  ::curl_url_set(handle.get(), CURLUPART_URL, url.text.c_str(), 0);
  const std::string bracketed = host.contains(':') ? "[" + host + "]" : host;
  if (::curl_url_set(handle.get(), CURLUPART_HOST, bracketed.c_str(), 0) != CURLUE_OK) {
    return url;
  }
  const auto changed = to_url(handle.get());
  return changed ? *changed : url;
}

std::string host_header(const Url& url) {
  // An address's zone is this host's own business (RFC 6874, section 4).
  const std::string host = url.host.substr(0, url.host.find('%'));
  const std::string text = host.contains(':') ? "[" + host + "]" : host;
  const std::uint16_t usual = url.secure() ? 443 : 80;
  return url.port == usual ? text : text + ":" + std::to_string(url.port);
}

}  // namespace hale::checks::http
