#include "checks/websocket/upgrade.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <openssl/evp.h>

#include "checks/base64.h"
#include "checks/excerpt.h"
#include "checks/net/secure_port.h"

namespace hale::checks::websocket {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::size_t kLongestHead = std::size_t{16} * 1024;
constexpr std::size_t kMostHeaders = 100;

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return "";
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether a list such as "keep-alive, Upgrade" has this token.
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (same(trimmed(list.substr(0, end)), token)) {
      return true;
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

Judgement wrong(std::string text) {
  return {.kind = Judgement::Kind::kWrong, .text = std::move(text)};
}

bool has_header(const monitor::TextMap& headers, std::string_view name) {
  return std::ranges::any_of(headers, [name](const auto& one) { return same(one.first, name); });
}

std::optional<Answer> parse_lines(std::string_view head) {
  Answer answer;
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (first) {
      // "HTTP/1.1 101 Switching Protocols"
      if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') {
        return std::nullopt;
      }
      const auto [stop, error] = std::from_chars(line.data() + 9, line.data() + 12, answer.status);
      if (error != std::errc() || stop != line.data() + 12 || answer.status < 100) {
        return std::nullopt;
      }
      answer.reason = line.size() > 13 ? escaped(line.substr(13), 80) : "";
      first = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || answer.headers.size() >= kMostHeaders) {
      return std::nullopt;
    }
    answer.headers.emplace_back(std::string(line.substr(0, colon)),
                                std::string(trimmed(line.substr(colon + 1))));
  }
  return first ? std::nullopt : std::optional(std::move(answer));
}

}  // namespace

std::expected<Url, std::string> parse_url(std::string_view text) {
  const std::string whole(text);
  const auto refuse = [&whole](std::string_view why) {
    return std::unexpected("\"" + whole + "\" " + std::string(why));
  };
  Url url;
  if (text.starts_with("wss://")) {
    url.secure = true;
    url.port = 443;
    text.remove_prefix(6);
  } else if (text.starts_with("ws://")) {
    text.remove_prefix(5);
  } else {
    return refuse("is not a WebSocket's URL (write \"wss://example.com/path\")");
  }
  if (std::ranges::any_of(
          whole, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; })) {
    return refuse("has blanks or control characters (write \"%20\" for a blank)");
  }
  const std::size_t slash = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, slash);
  url.path = text.substr(slash);
  if (url.path.contains('#')) {
    return refuse("has a fragment (leave out what begins with \"#\")");
  }
  if (!url.path.starts_with('/')) {
    url.path.insert(0, "/");
  }
  if (authority.contains('@')) {
    return refuse(
        "has a user in it (use `headers` and a file: { Authorization = { file = \"x\" } })");
  }
  url.authority = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return refuse("has no \"]\"");
    }
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty()) {
    const auto [stop, error] =
        std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    if (port.front() != ':' || error != std::errc() || stop != port.data() + port.size() ||
        url.port == 0) {
      return refuse("has no port from 1 to 65535");
    }
  }
  if (auto problem = problem_with_host(url.host)) {
    return std::unexpected(std::move(*problem));
  }
  return url;
}

std::string upgrade_request(const Url& url, std::string_view key, std::string_view subprotocol,
                            const monitor::TextMap& headers) {
  std::string request = "GET " + url.path + " HTTP/1.1\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!has_header(headers, name)) {
      request.append(name).append(": ").append(value).append("\r\n");
    }
  };
  add("Host", url.authority);
  add("User-Agent", "hale");
  request += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  request += "Sec-WebSocket-Key: " + base64(key) + "\r\n";
  if (!subprotocol.empty()) {
    request.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  }
  for (const auto& [name, value] : headers) {
    request += name + ": " + value.value + "\r\n";
  }
  return request + "\r\n";
}

std::string accept_value(std::string_view key) {
  const std::string text = base64(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string Answer::header(std::string_view name) const {
  std::string all;
  for (const auto& [key, value] : headers) {
    if (same(key, name)) {
      all += (all.empty() ? "" : ", ") + value;
    }
  }
  return all;
}

Judgement parse_answer(std::string_view received, Answer& answer) {
  constexpr std::string_view kBegin = "HTTP/1.";
  const std::string_view begin = received.substr(0, kBegin.size());
  if (!kBegin.starts_with(begin)) {
    return wrong("the peer does not speak HTTP");
  }
  std::size_t end = received.find("\r\n\r\n");
  std::size_t size = end + 4;
  const std::size_t bare = received.find("\n\n");
  if (bare < end) {
    end = bare;
    size = bare + 2;
  }
  if (end == std::string_view::npos) {
    return received.size() > kLongestHead ? wrong("the head of the answer is longer than 16 KiB")
                                          : Judgement();
  }
  auto parsed = end <= kLongestHead ? parse_lines(received.substr(0, end)) : std::nullopt;
  if (!parsed) {
    return wrong("the answer's head is no HTTP");
  }
  answer = std::move(*parsed);
  return {.kind = Judgement::Kind::kDone, .size = size};
}

std::optional<Outcome> judge_answer(const Answer& answer, std::string_view key,
                                    std::string_view subprotocol) {
  const auto fail = [](Reason reason, std::string message, std::string code) {
    return Outcome::fail(reason, Phase::kFirstByte, std::move(message), std::move(code));
  };
  std::string code = std::to_string(answer.status);
  if (answer.status != 101) {
    const std::string message = "expected 101 (switching protocols), got " + code +
                                (answer.reason.empty() ? "" : " " + answer.reason);
    if (answer.status == 401 || answer.status == 403) {
      return fail(Reason::kAuth, message, std::move(code));
    }
    if (answer.status == 429) {
      return Outcome::unknown(Reason::kRateLimited, Phase::kFirstByte, message, std::move(code));
    }
    return fail(Reason::kStatus, message, std::move(code));
  }
  if (!has_token(answer.header("Upgrade"), "websocket") ||
      !has_token(answer.header("Connection"), "Upgrade")) {
    return fail(Reason::kProtocol, "the answer 101 does not name WebSocket in its Upgrade", "101");
  }
  if (answer.header("Sec-WebSocket-Accept") != accept_value(key)) {
    return fail(Reason::kProtocol,
                "Sec-WebSocket-Accept is not the answer to our key: something answers without "
                "speaking WebSocket",
                "101");
  }
  if (!answer.header("Sec-WebSocket-Extensions").empty()) {
    return fail(Reason::kProtocol,
                "the server switches on an extension that was not asked for: " +
                    in_quotes(answer.header("Sec-WebSocket-Extensions")),
                "101");
  }
  const std::string chosen = answer.header("Sec-WebSocket-Protocol");
  if (chosen != subprotocol) {
    return fail(Reason::kValidation,
                "expected the subprotocol " + in_quotes(subprotocol) + ", got " +
                    (chosen.empty() ? "none" : in_quotes(chosen)),
                "101");
  }
  return std::nullopt;
}

}  // namespace hale::checks::websocket
