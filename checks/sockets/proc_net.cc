#include "checks/sockets/proc_net.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

template <class Number>
std::optional<Number> from_hex(std::string_view word) {
  Number value{};
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, 16);
  return error == std::errc() && stop == end && !word.empty() ? std::optional(value) : std::nullopt;
}

// Each 32-bit word of the address is a number in the host's byte order.
std::optional<asio::ip::address> parse_address(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  if (text.size() != 8 && text.size() != 32) {
    return std::nullopt;
  }
  for (std::size_t word = 0; word * 8 < text.size(); ++word) {
    const auto value = from_hex<std::uint32_t>(text.substr(word * 8, 8));
    if (!value) {
      return std::nullopt;
    }
    const auto raw = std::bit_cast<std::array<std::uint8_t, 4>>(*value);
    std::ranges::copy(raw, bytes.begin() + static_cast<std::ptrdiff_t>(word * 4));
  }
  if (text.size() == 8) {
    return asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  }
  asio::ip::address_v6 address(bytes);
  if (address.is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address);
  }
  return address;
}

struct InetLine {
  std::string_view local;
  std::string_view state;
  std::string_view queues;
  std::string_view uid;
  std::string_view inode;
};

// "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 20413 ..."
InetLine split(std::string_view line) {
  InetLine fields;
  next_word(line);
  fields.local = next_word(line);
  next_word(line);
  fields.state = next_word(line);
  fields.queues = next_word(line);
  next_word(line);
  next_word(line);
  fields.uid = next_word(line);
  next_word(line);
  fields.inode = next_word(line);
  return fields;
}

std::optional<Listener> listener_of(SocketProtocol protocol, const InetLine& fields) {
  const std::size_t colon = fields.local.find(':');
  if (colon == std::string_view::npos || fields.queues.size() != 17) {
    return std::nullopt;
  }
  const auto address = parse_address(fields.local.substr(0, colon));
  const auto port = from_hex<std::uint16_t>(fields.local.substr(colon + 1));
  const auto received = from_hex<std::uint32_t>(fields.queues.substr(9));
  const auto uid = to_number<uid_t>(fields.uid);
  const auto inode = to_number<std::uint64_t>(fields.inode);
  if (!address || !port || !received || !uid || !inode) {
    return std::nullopt;
  }
  Listener listener;
  listener.protocol = protocol;
  listener.address = *address;
  listener.port = *port;
  listener.dual_stack = address->is_v6() && address->is_unspecified();
  listener.queued = protocol == SocketProtocol::kTcp ? *received : 0;
  listener.uid = *uid;
  listener.inode = *inode;
  return listener;
}

}  // namespace

std::expected<void, ParseError> parse_proc_net_inet(SocketProtocol protocol, std::string_view text,
                                                    std::vector<Listener>& listeners) {
  const std::string_view waits = protocol == SocketProtocol::kTcp ? "0A" : "07";
  next_line(text);  // the names of the columns
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    const InetLine fields = split(line);
    if (fields.inode.empty()) {
      return std::unexpected(ParseError{std::string(line)});
    }
    if (fields.state != waits) {
      continue;
    }
    auto listener = listener_of(protocol, fields);
    if (!listener) {
      return std::unexpected(ParseError{std::string(line)});
    }
    if (listener->port != 0) {
      listeners.push_back(std::move(*listener));
    }
  }
  return {};
}

// "0000000000000000: 00000002 00000000 00010000 0001 01 20233 /run/dbus/system_bus_socket": the
// flag 10000 means that it listens, type 0002 datagrams; names may contain blanks.
std::expected<void, ParseError> parse_proc_net_unix(std::string_view text,
                                                    std::vector<Listener>& listeners) {
  constexpr std::uint32_t kListens = 0x10000;
  constexpr std::uint32_t kDatagrams = 2;
  next_line(text);
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    std::string_view rest = line;
    for (int skipped = 0; skipped < 3; ++skipped) {
      next_word(rest);
    }
    const auto flags = from_hex<std::uint32_t>(next_word(rest));
    const auto type = from_hex<std::uint32_t>(next_word(rest));
    const auto state = from_hex<std::uint32_t>(next_word(rest));
    const auto inode = to_number<std::uint64_t>(next_word(rest));
    if (!flags || !type || !state || !inode) {
      return std::unexpected(ParseError{std::string(line)});
    }
    Listener listener;
    listener.protocol = SocketProtocol::kUnix;
    listener.datagram = *type == kDatagrams;
    listener.inode = *inode;
    listener.path = rest.empty() ? rest : rest.substr(1);
    constexpr std::uint32_t kUnconnected = 1;
    const bool waits = listener.datagram ? *state == kUnconnected : (*flags & kListens) != 0;
    if (waits && !listener.path.empty()) {
      listeners.push_back(std::move(listener));
    }
  }
  return {};
}

void settle_dual_stack(std::vector<Listener>& listeners) {
  std::set<std::pair<SocketProtocol, std::uint16_t>> taken;
  for (const Listener& listener : listeners) {
    if (listener.address.is_v4() && listener.address.is_unspecified()) {
      taken.emplace(listener.protocol, listener.port);
    }
  }
  for (Listener& listener : listeners) {
    listener.dual_stack =
        listener.dual_stack && !taken.contains({listener.protocol, listener.port});
  }
}

}  // namespace hale::checks
