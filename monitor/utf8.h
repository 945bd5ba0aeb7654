// Which bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
// Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace hale::monitor {

// How many bytes the character at the start of `text` has; 0 where the bytes are none.
std::size_t utf8_length(std::string_view text);

// Whether all of it is.
bool is_utf8(std::string_view text);

}  // namespace hale::monitor
