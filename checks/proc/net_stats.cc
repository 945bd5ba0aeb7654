#include "checks/proc/net_stats.h"

#include <algorithm>
#include <array>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

// The flags of a route, from linux/route.h and linux/ipv6_route.h.
constexpr std::uint32_t kUp = 0x1;
constexpr std::uint32_t kGatewayFlag = 0x2;
constexpr std::uint32_t kReject = 0x200;
constexpr std::uint32_t kAnycast = 0x100000;
constexpr std::uint32_t kLocal = 0x80000000;

template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> words_of(std::string_view line) {
  std::array<std::string_view, Count> words;
  for (std::string_view& word : words) {
    word = next_word(line);
    if (word.empty()) {
      return std::nullopt;
    }
  }
  return words;
}

std::optional<std::uint32_t> hex(std::string_view word) {
  std::uint32_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, 16);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return value;
}

bool all_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

void add_route(std::string_view name, bool gateway, RouteTable& routes) {
  const Routed routed = gateway ? Routed::kGateway : Routed::kDirectly;
  Routed& entry = routes.emplace(name, routed).first->second;
  entry = std::max(entry, routed);
}

// fe80::/10 and ff00::/8
bool is_link_local_or_multicast(std::string_view destination) {
  return destination.starts_with("ff") ||
         (destination.starts_with("fe") && destination.size() > 2 &&
          std::string_view("89ab").contains(destination[2]));
}

}  // namespace

std::expected<InterfaceTable, ParseError> parse_net_dev(std::string_view text) {
  InterfaceTable table;
  next_line(text);
  if (!next_line(text).contains("bytes")) {
    return std::unexpected(ParseError{});
  }
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    const std::size_t colon = line.rfind(':');
    std::string_view before = line.substr(0, colon);
    const std::string_view name = next_word(before);
    if (colon == std::string_view::npos || name.empty() || !next_word(before).empty()) {
      return std::unexpected(ParseError{std::string(line)});
    }
    const auto words = words_of<16>(line.substr(colon + 1));
    std::array<std::uint64_t, 16> values{};
    for (std::size_t i = 0; words && i < values.size(); ++i) {
      const auto value = to_number<std::uint64_t>((*words)[i]);
      if (!value) {
        return std::unexpected(ParseError{std::string(line)});
      }
      values[i] = *value;
    }
    if (!words) {
      return std::unexpected(ParseError{std::string(line)});
    }
    InterfaceCounters counters;
    counters.received = {values[0], values[1], values[2], values[3]};
    counters.sent = {values[8], values[9], values[10], values[11]};
    table.insert_or_assign(std::string(name), counters);
  }
  return table;
}

// Iface Destination Gateway Flags RefCnt Use Metric Mask ...
void add_ipv4_routes(std::string_view text, RouteTable& routes) {
  next_line(text);
  while (!text.empty()) {
    const auto words = words_of<8>(next_line(text));
    const auto flags = words ? hex((*words)[3]) : std::nullopt;
    if (!flags || (*flags & kUp) == 0 || (*flags & kReject) != 0) {
      continue;
    }
    const bool by_default = all_zero((*words)[1]) && all_zero((*words)[7]);
    add_route((*words)[0], by_default || (*flags & kGatewayFlag) != 0, routes);
  }
}

// Destination its-length Source its-length NextHop Metric RefCnt Use Flags Iface
void add_ipv6_routes(std::string_view text, RouteTable& routes) {
  while (!text.empty()) {
    const auto words = words_of<10>(next_line(text));
    const auto flags = words ? hex((*words)[8]) : std::nullopt;
    if (!flags || (*flags & kUp) == 0 || (*flags & (kReject | kAnycast | kLocal)) != 0 ||
        is_link_local_or_multicast((*words)[0])) {
      continue;
    }
    add_route((*words)[9], !all_zero((*words)[4]) || all_zero((*words)[1]), routes);
  }
}

std::optional<std::uint64_t> snmp_value(std::string_view text, std::string_view protocol,
                                        std::string_view name) {
  const auto is_of_protocol = [protocol](std::string_view word) {
    return word.size() == protocol.size() + 1 && word.starts_with(protocol) && word.ends_with(':');
  };
  while (!text.empty()) {
    std::string_view names = next_line(text);
    if (!is_of_protocol(next_word(names))) {
      continue;
    }
    std::string_view values = next_line(text);
    if (!is_of_protocol(next_word(values))) {
      return std::nullopt;
    }
    while (true) {
      const std::string_view key = next_word(names);
      const std::string_view value = next_word(values);
      if (key.empty() || value.empty()) {
        return std::nullopt;
      }
      if (key == name) {
        return to_number<std::uint64_t>(value);
      }
    }
  }
  return std::nullopt;
}

}  // namespace hale::checks
