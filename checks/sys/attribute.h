// Attributes of sysfs: small files with one value. Reading one may ask a driver or wait for a lock
// of the kernel, so most of them belong into a BlockingPool. Any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

// The text without the white space around it; else errno. EFBIG beyond 4 KiB, sysfs' own bound.
std::expected<std::string, int> read_attribute(const std::filesystem::path& path);

// Its text as a decimal number; EBADMSG where it is anything else.
std::expected<std::int64_t, int> read_integer(const std::filesystem::path& path);

// Names in a directory, sorted, at most `most`; empty where it cannot be read.
std::vector<std::string> names_in(const std::filesystem::path& directory, std::size_t most = 4096);

// What `text` becomes in the name of an item or a message: printable, at most 100 bytes.
std::string plain_name(std::string_view text);

}  // namespace hale::checks
