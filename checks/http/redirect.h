// What becomes of a request that is redirected: the rules about methods (RFC 9110, section 15.4)
// and, stricter than those, about credentials. Pure.
//
// Credentials go where they were meant to go and nowhere else: to the same scheme, host and port,
// or from http to https on the same host where both ports are the usual ones. Anywhere else a
// request arrives without them, with the few header fields only that cannot be one, and without a
// client certificate; and once lost, they do not come back. A request whose body would have to be
// sent to somebody else is not sent at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/http/url.h"

namespace hale::checks::http {

struct HeaderLine {
  std::string name;
  std::string value;
};

struct Request {
  Url url;
  std::string method = "GET";
  std::vector<HeaderLine> headers;
  std::string body;
  bool has_body = false;
  bool trusted = true;  // may carry credentials: it goes where the configuration says
};

bool is_redirect(int status);  // 301, 302, 303, 307, 308

// Whether credentials for `from` may be sent to `to`.
bool keeps_credentials(const Url& from, const Url& to);

enum class Follow { kYes, kBodyToStranger };

// Turns `request`, which was answered with `status`, into the one for `target`.
Follow redirect(Request& request, int status, const Url& target);

}  // namespace hale::checks::http
