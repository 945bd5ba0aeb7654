#include "checks/kernel/kernel_facts.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

// Absent where the file is, or cannot be read: containers hide some.
std::string text_of(const std::filesystem::path& path) {
  constexpr std::size_t kLargest = std::size_t{256} << 10U;
  return read_file(path, kLargest).value_or("");
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  return to_number<std::uint64_t>(next_word(text = text.substr(0, text.find('\n'))));
}

std::string first_line(std::string_view text) {
  return std::string(next_line(text));
}

}  // namespace

std::optional<monitor::Duration> parse_uptime(std::string_view text) {
  const auto seconds = to_number<double>(next_word(text));
  constexpr double kMostSeconds = 9e9;
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > kMostSeconds) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<monitor::Duration>(std::chrono::duration<double>(*seconds));
}

std::optional<std::uint64_t> parse_vmstat(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (next_word(line) == name) {
      return to_number<std::uint64_t>(next_word(line));
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_thread_count(std::string_view loadavg) {
  std::string_view line = next_line(loadavg);
  for (int averages = 0; averages < 3; ++averages) {
    next_word(line);
  }
  const std::string_view word = next_word(line);
  const std::size_t slash = word.find('/');
  return slash == std::string_view::npos ? std::nullopt
                                         : to_number<std::uint64_t>(word.substr(slash + 1));
}

std::optional<FileNumbers> parse_file_numbers(std::string_view text) {
  std::string_view line = next_line(text);
  const auto open = to_number<std::uint64_t>(next_word(line));
  const auto free = to_number<std::uint64_t>(next_word(line));
  const auto most = to_number<std::uint64_t>(next_word(line));
  if (!open || !free || !most || *free > *open) {
    return std::nullopt;
  }
  return FileNumbers{.open = *open - *free, .most = *most};
}

std::string taint_letters(std::uint64_t taint) {
  constexpr std::string_view kLetters = "PFSRMBUDAWCIOELKXTN";
  std::string text;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if ((taint >> bit & 1U) != 0) {
      text += text.empty() ? "" : " ";
      text += bit < kLetters.size() ? std::string(1, kLetters[bit]) : std::to_string(bit);
    }
  }
  return text;
}

std::expected<KernelFacts, ReadError> read_kernel_facts(const std::filesystem::path& proc_root) {
  const std::filesystem::path uptime_path = proc_root / "uptime";
  const auto uptime_text = read_file(uptime_path, 4096);
  if (!uptime_text) {
    return std::unexpected(uptime_text.error());
  }
  const auto uptime = parse_uptime(first_line(*uptime_text));
  if (!uptime) {
    return std::unexpected(ReadError{EBADMSG, uptime_path});
  }
  const std::filesystem::path sys = proc_root / "sys";
  KernelFacts facts;
  facts.uptime = *uptime;
  facts.release = first_line(text_of(sys / "kernel/osrelease"));
  facts.oom_kills = parse_vmstat(text_of(proc_root / "vmstat"), "oom_kill");
  facts.threads = parse_thread_count(text_of(proc_root / "loadavg"));
  for (const char* limit : {"kernel/pid_max", "kernel/threads-max"}) {
    const auto most = number_in(text_of(sys / limit));
    if (most && *most > 0) {
      facts.most_threads = std::min(*most, facts.most_threads.value_or(*most));
    }
  }
  if (const auto files = parse_file_numbers(text_of(sys / "fs/file-nr"))) {
    facts.open_files = files->open;
    facts.most_open_files = files->most;
  }
  facts.entropy = number_in(text_of(sys / "kernel/random/entropy_avail"));
  facts.taint = number_in(text_of(sys / "kernel/tainted"));
  return facts;
}

}  // namespace hale::checks
