// Reading files, and nothing else.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hale::config {

// How the reason begins where a file is larger than allowed.
inline constexpr std::string_view kTooLarge = "Larger than";

// The whole file, or why not, in the words of the system.
std::expected<std::string, std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t max_bytes);

// The files that a pattern of the shell (`*`, `?`, `[a-z]`) names, by name. None is no error.
std::expected<std::vector<std::filesystem::path>, std::string> find_files(
    const std::filesystem::path& directory, const std::string& pattern);

bool is_pattern(const std::string& text);

}  // namespace hale::config
