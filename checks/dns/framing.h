// Messages on a stream, each behind its length in two bytes (RFC 1035 section 4.2.2). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "checks/dns/query.h"

namespace hale::checks::dns {

inline constexpr std::size_t kLengthBytes = 2;

// Puts the length before the message.
std::string framed(const std::vector<std::uint8_t>& message);

// What the first two bytes announce; nullopt where there are less.
std::optional<std::size_t> announced_size(std::string_view received);

// On a stream no stranger can speak: an answer to another question is a failure.
ReplyOrFailure take_message(Bytes bytes, std::uint16_t id, const Question& question);

// The answer was there, and was none.
monitor::Outcome malformed(const std::string& why);

}  // namespace hale::checks::dns
