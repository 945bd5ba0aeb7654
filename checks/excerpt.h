// What a peer or a program said, fit to be shown: one line, bounded, every byte accounted for.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hale::checks {

inline constexpr std::size_t kExcerptBytes = 1000;

// Printable UTF-8 as it is; line ends and other control characters, quotes, backslashes and bytes
// that are no UTF-8 as escapes ("\r\n", "\x07"), so that the text also fits between quotes. What
// would make it longer than `most` bytes is cut off, and "..." stands for it.
std::string escaped(std::string_view data, std::size_t most = kExcerptBytes);

// The same with quotes and backslashes as they are: a name, or a sentence that is not quoted.
std::string one_line(std::string_view data, std::size_t most);

// The same between quotes, for messages: "\"220 mail\\r\\n\"".
std::string in_quotes(std::string_view data, std::size_t most = 80);

}  // namespace hale::checks
