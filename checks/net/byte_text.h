// Bytes as people write them in a configuration. Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

// Pairs of hexadecimal digits, between which there may be blanks and colons: "de ad:BE ef". The
// error says what is wrong with the text.
std::expected<std::vector<std::uint8_t>, std::string> bytes_from_hex(std::string_view text);

// RFC 4648 section 4, with its padding.
std::expected<std::vector<std::uint8_t>, std::string> bytes_from_base64(std::string_view text);

}  // namespace hale::checks
