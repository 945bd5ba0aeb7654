// Reading files, and nothing else.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace hale::config {

// The whole file, or why not: "No such file or directory", "is a directory", "is larger than ...".
std::expected<std::string, std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t max_bytes);

// The files that a pattern of the shell (`*`, `?`, `[a-z]`) names, by name. None is no error.
std::expected<std::vector<std::filesystem::path>, std::string> find_files(
    const std::filesystem::path& directory, const std::string& pattern);

bool is_pattern(const std::string& text);

}  // namespace hale::config
