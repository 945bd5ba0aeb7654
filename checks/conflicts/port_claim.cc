#include "checks/conflicts/port_claim.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <system_error>

#include <asio/error_code.hpp>
#include <asio/ip/address_v6.hpp>
#include <re2/re2.h>

#include "checks/excerpt.h"

namespace hale::checks {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0 || text.front() == '0') {
    return std::nullopt;
  }
  return port;
}

void take_both_wildcards(Listener& place) {
  place.address = asio::ip::address_v6::any();
  place.dual_stack = true;
}

bool parse_address(std::string_view text, Listener& place) {
  if (text.empty() || text == "*") {
    take_both_wildcards(place);
    return true;
  }
  if (text == "localhost") {
    text = "127.0.0.1";
  }
  if (text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  asio::error_code error;
  place.address = asio::ip::make_address(std::string(text), error);
  return !error;
}

bool is_about_listening(std::string_view option) {
  constexpr std::array<std::string_view, 3> kWords = {"port", "listen", "bind"};
  const std::size_t begin = option.find_first_not_of('-');
  if (begin == 0 || begin == std::string_view::npos) {
    return false;
  }
  const std::string_view name = option.substr(begin);
  return name.starts_with("addr") ||
         std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
           return name.find(word) != std::string_view::npos;
         });
}

// Of options such as --metrics-port another protocol may be meant; of upstreams another host.
bool is_about_others(std::string_view option) {
  constexpr std::array<std::string_view, 7> kWords = {"remote", "target", "upstream", "server",
                                                      "proxy",  "peer",   "advertise"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return option.find(word) != std::string_view::npos;
  });
}

// Arguments may be secret: no more of them is told than the port.
void add_command_claim(const Unit& unit, std::string_view value, std::vector<PortClaim>& claims) {
  PortClaim claim;
  if (value.empty() || value.front() == '/' || value.front() == '@' ||
      !parse_place(value, claim.at)) {
    return;
  }
  claim.unit = unit.name;
  claim.source = ClaimSource::kCommand;
  claim.detail = "its command line names port " + std::to_string(claim.at.port);
  claims.push_back(std::move(claim));
}

void add_option_claim(const Unit& unit, std::string_view option, std::string_view value,
                      std::vector<PortClaim>& claims) {
  if (is_about_listening(option) && !is_about_others(option)) {
    add_command_claim(unit, value, claims);
  }
}

const re2::RE2& in_use_pattern() {
  static const re2::RE2 kPattern(
      R"((?i)((?:address|port(?: \d+)?) (?:is |was )?already (?:in use|allocated|bound)|)"
      R"(EADDRINUSE|errno 98|only one usage of each socket address))");
  return kPattern;
}

// Ports as programs write them: after an address, ":9100", "[::]:80", "*:6379"; after a word,
// "port 8080"; in a pair, "('127.0.0.1', 9100)".
const re2::RE2& port_pattern() {
  static const re2::RE2 kPattern(
      R"((?i)(?::(\d{1,5})\b|\bport[ =:]{1,2}(\d{1,5})\b|['"], ?(\d{1,5})\)))");
  return kPattern;
}

// "10:02:33.5" and "2026-11-21T10:02" are full of colons.
const re2::RE2& time_pattern() {
  static const re2::RE2 kPattern(
      R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?)");
  return kPattern;
}

}  // namespace

bool parse_place(std::string_view text, Listener& place) {
  if (text.empty()) {
    return false;
  }
  if (text.front() == '/' || text.front() == '@') {
    place.protocol = SocketProtocol::kUnix;
    place.path = text;
    return true;
  }
  const std::size_t colon = text.rfind(':');
  const auto port = parse_port(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port) {
    return false;
  }
  place.port = *port;
  return parse_address(colon == std::string_view::npos ? "" : text.substr(0, colon), place);
}

std::vector<PortClaim> socket_claims(const Unit& unit) {
  std::vector<PortClaim> claims;
  if (!unit.socket) {
    return claims;
  }
  for (const auto& [type, text] : unit.socket->listen) {
    PortClaim claim;
    if ((type != "Stream" && type != "Datagram" && type != "SequentialPacket") ||
        !parse_place(text, claim.at)) {
      continue;
    }
    if (claim.at.protocol != SocketProtocol::kUnix) {
      claim.at.protocol = type == "Stream" ? SocketProtocol::kTcp : SocketProtocol::kUdp;
      claim.at.dual_stack = claim.at.address.is_v6() && claim.at.address.is_unspecified() &&
                            unit.socket->bind_ipv6_only != "ipv6-only";
    }
    claim.unit = unit.name;
    claim.source = ClaimSource::kSocketUnit;
    claim.detail = "its socket unit listens on " + text;
    claims.push_back(std::move(claim));
  }
  return claims;
}

std::vector<PortClaim> command_claims(const Unit& unit) {
  std::vector<PortClaim> claims;
  if (!unit.service) {
    return claims;
  }
  const std::vector<std::string>& words = unit.service->command;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
      add_option_claim(unit, word.substr(0, equals), word.substr(equals + 1), claims);
    } else if (i + 1 < words.size()) {
      add_option_claim(unit, word, words[i + 1], claims);
    }
  }
  return claims;
}

std::vector<PortClaim> possible_claims(const Unit& unit) {
  std::vector<PortClaim> claims;
  if (!unit.service) {
    return claims;
  }
  const std::vector<std::string>& words = unit.service->command;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    add_command_claim(unit, equals == std::string_view::npos ? word : word.substr(equals + 1),
                      claims);
  }
  return claims;
}

InUse address_in_use(std::string_view line) {
  InUse found;
  std::string text(line);
  re2::RE2::GlobalReplace(&text, time_pattern(), " ");
  re2::StringPiece phrase;
  if (!re2::RE2::PartialMatch(text, in_use_pattern(), &phrase)) {
    return found;
  }
  found.said = true;
  // A line may hold other numbers with colons, such as where in a source it comes from: the port is
  // the one that stands nearest to the words.
  std::size_t nearest = std::string::npos;
  re2::StringPiece rest(text);
  std::array<re2::StringPiece, 3> groups;
  while (re2::RE2::FindAndConsume(&rest, port_pattern(), &groups[0], &groups[1], &groups[2])) {
    for (const re2::StringPiece& group : groups) {
      const auto port = group.empty() ? std::nullopt : parse_port({group.data(), group.size()});
      if (!port) {
        continue;
      }
      const std::size_t distance = group.data() < phrase.data()
                                       ? static_cast<std::size_t>(phrase.data() - group.data())
                                       : static_cast<std::size_t>(group.data() - phrase.data());
      if (distance < nearest) {
        nearest = distance;
        found.port = *port;
      }
    }
  }
  return found;
}

}  // namespace hale::checks
