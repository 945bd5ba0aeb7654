#include "checks/kernel/kernel_log.h"

#include <algorithm>
#include <array>

#include "checks/excerpt.h"
#include "checks/proc/text.h"

namespace hale::checks {
namespace {

using Trouble = KernelTrouble;

// A record is trouble where `mark` stands in it; what it is about stands between `before` and the
// next `after`, the last of them where `last` is set (a name may have one in it).
struct Sign {
  std::string_view mark;
  Trouble trouble;
  std::string_view before;
  std::string_view after;
  bool at_start = false;  // the mark begins the text
  bool last = false;
};

// The texts are those of mm/oom_kill.c, kernel/hung_task.c, kernel/watchdog.c,
// kernel/rcu/tree_stall.h, arch/*/mm/fault.c, lib/bug.c, mce and block/blk-core.c, from Linux 4.9
// to 6.18.
constexpr std::array<Sign, 20> kSigns = {{
    {"ut of memory: Kill", Trouble::kOomKill, " (", ")", false, true},
    {"INFO: task ", Trouble::kHungTask, "INFO: task ", ":", true, true},
    {"BUG: soft lockup - ", Trouble::kLockup, "soft lockup - ", " "},
    {"Watchdog detected hard LOCKUP on cpu", Trouble::kLockup, "hard LOCKUP on ", ""},
    {"self-detected stall on CPU", Trouble::kLockup, "", ""},
    {"detected stalls on CPUs/tasks", Trouble::kLockup, "", ""},
    {"BUG: workqueue lockup", Trouble::kLockup, "", ""},
    {"BUG: unable to handle", Trouble::kFault, "BUG: ", "", true},
    {"BUG: kernel NULL pointer", Trouble::kFault, "BUG: ", "", true},
    {"kernel BUG at ", Trouble::kFault, "kernel BUG at ", "", true},
    {"general protection fault", Trouble::kFault, "", "", true},
    {"Unable to handle kernel", Trouble::kFault, "", "", true},
    {"Internal error: Oops", Trouble::kFault, "", "", true},
    {"[Hardware Error]: Machine check", Trouble::kHardware, "", ""},
    {"[Hardware Error]: CPU ", Trouble::kHardware, "[Hardware Error]: ", ":"},
    {"[Hardware Error]: event severity: fatal", Trouble::kHardware, "", ""},
    {"EDAC MC", Trouble::kHardware, "EDAC ", ":", true},
    {"I/O error, dev ", Trouble::kInputOutput, "I/O error, dev ", ","},
    {"EXT4-fs error (device ", Trouble::kInputOutput, "(device ", ")", true},
    {"Remounting filesystem read-only", Trouble::kInputOutput, "(", ")"},
}};

// Drives without a medium report errors all day, and mean nothing by it.
bool is_removable(std::string_view device) {
  return device.starts_with("fd") || device.starts_with("sr");
}

std::string subject(const Sign& sign, std::string_view text, std::size_t mark) {
  const std::size_t from =
      sign.before.empty() ? std::string_view::npos : text.find(sign.before, sign.last ? mark : 0);
  if (from == std::string_view::npos) {
    return "";
  }
  std::string_view rest = text.substr(from + sign.before.size());
  if (!sign.after.empty()) {
    // "Killed process 12 (a) b) total-vm:..., anon-rss:..." and "INFO: task a:b:12 blocked for": a
    // process may call itself anything, but the kernel's own words follow.
    const std::size_t words = std::min(rest.find(" blocked "), rest.find(" total-vm:"));
    const std::string_view head = sign.last ? rest.substr(0, words) : rest;
    rest = head.substr(0, sign.last ? head.rfind(sign.after) : head.find(sign.after));
  }
  return escaped(rest, 64);
}

}  // namespace

std::optional<KernelRecord> parse_kernel_record(std::string_view record) {
  const std::size_t semicolon = record.find(';');
  if (semicolon == std::string_view::npos) {
    return std::nullopt;
  }
  std::array<std::string_view, 3> fields;
  std::string_view prefix = record.substr(0, semicolon);
  for (std::string_view& field : fields) {
    const std::size_t comma = prefix.find(',');
    field = prefix.substr(0, comma);
    prefix.remove_prefix(comma == std::string_view::npos ? prefix.size() : comma + 1);
  }
  const auto priority = to_number<std::uint32_t>(fields[0]);
  const auto sequence = to_number<std::uint64_t>(fields[1]);
  const auto microseconds = to_number<std::uint64_t>(fields[2]);
  constexpr std::uint64_t kMostMicroseconds = 9'000'000'000'000'000;  // 285 years
  if (!priority || !sequence || !microseconds || *microseconds > kMostMicroseconds) {
    return std::nullopt;
  }
  KernelRecord parsed;
  parsed.from_kernel = *priority >> 3U == 0;  // the facility
  parsed.since_boot = std::chrono::microseconds(static_cast<std::int64_t>(*microseconds));
  std::string_view text = record.substr(semicolon + 1);
  parsed.text = next_line(text);
  return parsed;
}

std::optional<KernelFinding> classify(const KernelRecord& record) {
  if (!record.from_kernel) {
    return std::nullopt;
  }
  const std::string_view text = record.text;
  for (const Sign& sign : kSigns) {
    const std::size_t mark = text.find(sign.mark);
    if (mark == std::string_view::npos || (sign.at_start && mark != 0)) {
      continue;
    }
    if (sign.trouble == Trouble::kHungTask &&
        !(text.contains(" blocked ") && text.contains("for more than "))) {
      continue;
    }
    KernelFinding finding{.trouble = sign.trouble, .about = subject(sign, text, mark)};
    if (sign.trouble == Trouble::kInputOutput && is_removable(finding.about)) {
      return std::nullopt;
    }
    return finding;
  }
  return std::nullopt;
}

}  // namespace hale::checks
