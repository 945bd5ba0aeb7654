// From HTTP to WebSocket (RFC 6455 section 4), from the client's side. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/net/dialogue.h"
#include "monitor/check_result.h"
#include "monitor/parameters.h"

namespace hale::checks::websocket {

struct Url {
  bool secure = false;
  std::string host;  // without brackets
  std::uint16_t port = 80;
  std::string path = "/";  // with the query
  std::string authority;   // for the header Host: "[::1]:8080"
};

// "ws://host:port/path?query" or "wss://…". The error is what is wrong, and what would be right.
std::expected<Url, std::string> parse_url(std::string_view text);

// The request. `key`: 16 random bytes. A header that the user gives replaces the built-in one.
std::string upgrade_request(const Url& url, std::string_view key, std::string_view subprotocol,
                            const monitor::TextMap& headers);

// What the server has to answer to this key (section 4.2.2).
std::string accept_value(std::string_view key);

// The head of an HTTP answer: kMore until the empty line.
struct Answer {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;

  // All values of a header, joined by ", "; "" where there is none.
  std::string header(std::string_view name) const;
};
Judgement parse_answer(std::string_view received, Answer& answer);

// Nothing where the answer lets WebSocket begin; otherwise why not.
std::optional<monitor::Outcome> judge_answer(const Answer& answer, std::string_view key,
                                             std::string_view subprotocol);

}  // namespace hale::checks::websocket
