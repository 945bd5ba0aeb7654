#include "checks/sys/attribute.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "checks/proc/read_file.h"
#include "checks/proc/text.h"

namespace hale::checks {

std::expected<std::string, int> read_attribute(const std::filesystem::path& path) {
  auto text = read_file(path, 4096);
  if (!text) {
    return std::unexpected(text.error().error);
  }
  constexpr std::string_view kSpace = " \t\n";
  text->erase(text->find_last_not_of(kSpace) + 1);
  text->erase(0, text->find_first_not_of(kSpace));
  return std::move(*text);
}

std::expected<std::int64_t, int> read_integer(const std::filesystem::path& path) {
  const auto text = read_attribute(path);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto number = to_number<std::int64_t>(*text);
  if (!number) {
    return std::unexpected(EBADMSG);
  }
  return *number;
}

std::vector<std::string> names_in(const std::filesystem::path& directory, std::size_t most) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator() && names.size() < most) {
    names.push_back(entry->path().filename());
    entry.increment(error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string plain_name(std::string_view text) {
  std::string name(text.substr(0, 100));
  std::replace_if(name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

}  // namespace hale::checks
