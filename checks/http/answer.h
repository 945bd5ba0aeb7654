// What an HTTP server answered, as far as it came. Values; bounded by who reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hale::checks::http {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;  // in the order they came

// The first value of a field; empty when there is none. Names are compared without regard to case
// (RFC 9110, section 5.1).
std::string_view find_header(const HeaderFields& fields, std::string_view name);
bool same_name(std::string_view a, std::string_view b);

struct Answer {
  int status = 0;           // 0: no status line came
  std::string version;      // "HTTP/1.1"
  std::string status_line;  // "HTTP/1.1 404 Not Found"
  HeaderFields headers;
  HeaderFields trailers;   // what came after the body
  std::string body;        // decoded; only its head where nobody asked for all of it
  std::uint64_t size = 0;  // of the decoded body, as far as it came
};

// "404 Not Found"; the reason phrase is the peer's, made printable.
std::string status_text(const Answer& answer);

}  // namespace hale::checks::http
