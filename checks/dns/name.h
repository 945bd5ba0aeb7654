// Domain names: as people write them and as they travel (RFC 1035 sections 3.1, 4.1.4 and 5.1).
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks::dns {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::size_t kMostNameBytes = 255;  // on the wire, the root's zero included
inline constexpr std::size_t kMostLabelBytes = 63;

// "example.com", with or without its last dot, "." for the root; `\.` and `\065` as in zone files.
// The error says what is wrong with it.
std::expected<std::vector<std::uint8_t>, std::string> encode_name(std::string_view text);

// The name at `offset` of a message, with its last dot; what is not a printable character is
// escaped, so that equal texts are equal names but for case. `offset` moves behind it. Nullopt
// where it leaves the message, is longer than a name may be, or its compression does not lead
// strictly backwards, which no loop can.
std::optional<std::string> read_name(Bytes message, std::size_t& offset);

// Equal but for the case of ASCII letters (RFC 4343). Both as read_name writes them.
bool same_name(std::string_view a, std::string_view b);

// The name under which an address is looked up in reverse: "1.0.0.127.in-addr.arpa." (RFC 1035
// section 3.5, RFC 3596 section 2.5). Nullopt where the text is no address.
std::optional<std::string> reverse_name(const std::string& address);

}  // namespace hale::checks::dns
