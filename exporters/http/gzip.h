// gzip (RFC 1952) for what is large and asked for that way, by zlib.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hale::exporters {

// Absent where there is no memory for it. As fast as zlib can: a scrape saves nine tenths either
// way.
std::optional<std::string> gzip(std::string_view text);

}  // namespace hale::exporters
