// What a peer or a program said, fit to be shown: one line, bounded, every byte accounted for.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hale::checks {

inline constexpr std::size_t kExcerptBytes = 1000;

// Printable UTF-8 as it is; line ends and other control characters and bytes that are no UTF-8 as
// escapes ("\r\n", "\x07"). What would make it longer than `most` bytes is cut off, and "..."
// stands for it.
std::string escaped(std::string_view data, std::size_t most = kExcerptBytes);

// The same between quotes, for messages, and quotes and backslashes in it escaped as well:
// "\"220 mail\\r\\n\"".
std::string in_quotes(std::string_view data, std::size_t most = 80);

}  // namespace hale::checks
