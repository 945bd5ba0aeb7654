#include "checks/http/redirect.h"

#include <algorithm>
#include <array>

#include "checks/http/answer.h"

namespace hale::checks::http {
namespace {

constexpr std::array<std::string_view, 7> kHarmless = {
    "Accept",       "Accept-Encoding", "Accept-Language", "Cache-Control",
    "Content-Type", "Pragma",          "User-Agent"};

bool is_harmless(const HeaderLine& header) {
  return std::ranges::any_of(kHarmless,
                             [&](std::string_view name) { return same_name(name, header.name); });
}

bool describes_body(const HeaderLine& header) {
  return same_name(header.name, "Content-Type") || same_name(header.name, "Content-Encoding") ||
         same_name(header.name, "Content-Language");
}

// 303 asks for a GET; after 301 and 302 a POST becomes one, as browsers do it.
bool becomes_get(const Request& request, int status) {
  if (status == 303) {
    return request.method != "HEAD";
  }
  return (status == 301 || status == 302) && request.method == "POST";
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool keeps_credentials(const Url& from, const Url& to) {
  if (from.host != to.host) {
    return false;
  }
  if (from.scheme == to.scheme) {
    return from.port == to.port;
  }
  return to.secure() && from.port == 80 && to.port == 443;
}

Follow redirect(Request& request, int status, const Url& target) {
  const bool keeps = keeps_credentials(request.url, target);
  if (becomes_get(request, status)) {
    request.method = "GET";
    request.body.clear();
    request.has_body = false;
    std::erase_if(request.headers, describes_body);
  }
  if (!keeps) {
    if (request.has_body) {
      return Follow::kBodyToStranger;
    }
    request.trusted = false;
    std::erase_if(request.headers, [](const HeaderLine& header) { return !is_harmless(header); });
  }
  request.url = target;
  return Follow::kYes;
}

}  // namespace hale::checks::http
