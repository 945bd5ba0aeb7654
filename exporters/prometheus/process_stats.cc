#include "exporters/prometheus/process_stats.h"

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace hale::exporters {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> parse(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// The fields of /proc/self/stat from number 3 (state) on: the second one, the program's name in
// parentheses, may itself hold spaces and parentheses.
class StatFields {
 public:
  explicit StatFields(std::string_view stat) {
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) {
      return;
    }
    stat.remove_prefix(name_end + 1);
    std::size_t number = 3;
    while (number < fields_.size()) {
      const std::size_t begin = stat.find_first_not_of(" \n");
      if (begin == std::string_view::npos) {
        return;
      }
      stat.remove_prefix(begin);
      const std::size_t end = std::min(stat.find_first_of(" \n"), stat.size());
      fields_[number++] = stat.substr(0, end);
      stat.remove_prefix(end);
    }
  }

  // `number` as in proc(5), which counts from 1.
  std::optional<std::uint64_t> number(std::size_t number) const { return parse(fields_[number]); }

 private:
  std::array<std::string_view, 25> fields_;
};

std::optional<std::uint64_t> boot_time_seconds(const std::filesystem::path& proc_root) {
  const std::string stat = read_file(proc_root / "stat");
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t found = stat.find(kKey);
  if (found == std::string::npos) {
    return std::nullopt;
  }
  const std::string_view rest = std::string_view(stat).substr(found + kKey.size());
  return parse(rest.substr(0, rest.find('\n')));
}

std::optional<std::uint64_t> count_open_fds(const std::filesystem::path& proc_root) {
  std::error_code error;
  std::filesystem::directory_iterator entry(proc_root / "self" / "fd", error);
  std::uint64_t count = 0;
  while (!error && entry != std::filesystem::directory_iterator()) {
    ++count;
    entry.increment(error);
  }
  if (error || count == 0) {
    return std::nullopt;
  }
  return count - 1;  // one of them was the directory itself
}

}  // namespace

ProcessStats read_process_stats(const std::filesystem::path& proc_root) {
  constexpr std::size_t kUserTime = 14;
  constexpr std::size_t kSystemTime = 15;
  constexpr std::size_t kStartTime = 22;
  constexpr std::size_t kResidentPages = 24;

  ProcessStats stats;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::string text = read_file(proc_root / "self" / "stat");
  const StatFields stat(text);
  const auto user = stat.number(kUserTime);
  const auto system = stat.number(kSystemTime);
  if (user && system) {
    stats.cpu_seconds = static_cast<double>(*user + *system) / ticks_per_second;
  }
  if (const auto pages = stat.number(kResidentPages)) {
    stats.resident_bytes = *pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  const auto started = stat.number(kStartTime);
  const auto boot = boot_time_seconds(proc_root);
  if (started && boot) {
    stats.start_time_seconds =
        static_cast<double>(*boot) + static_cast<double>(*started) / ticks_per_second;
  }
  stats.open_fds = count_open_fds(proc_root);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    stats.max_fds = limit.rlim_cur;
  }
  return stats;
}

}  // namespace hale::exporters
