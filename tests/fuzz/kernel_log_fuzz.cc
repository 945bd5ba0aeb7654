// The kernel's log, as /dev/kmsg or a file that stands in for it hands it out, and what the kernel
// counts. Any program may write to the log: no text makes trouble that the kernel did not report,
// nor a name that disturbs the line it is shown in.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "checks/kernel/event_window.h"
#include "checks/kernel/kernel_facts.h"
#include "checks/kernel/kernel_log.h"
#include "checks/proc/text.h"

namespace {

using namespace hale::checks;
using hale::monitor::TimePoint;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

bool is_shown_well(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

void require_equal(const KernelRecord& a, const KernelRecord& b) {
  require(a.from_kernel == b.from_kernel && a.since_boot == b.since_boot && a.text == b.text);
}

// The first line of a record says all; what the kernel adds in further lines does not count.
void first_line_only(std::string_view data) {
  const auto record = parse_kernel_record(data);
  const auto with_more = parse_kernel_record(std::string(data) + "\n SUBSYSTEM=pci\n");
  require(record.has_value() == with_more.has_value());
  if (record) {
    require_equal(*record, *with_more);
  }
}

void look_at(const KernelRecord& record, KernelEventWindow& window) {
  require(!record.text.contains('\n') && record.since_boot.count() >= 0);
  const auto finding = classify(record);
  if (!finding) {
    return;
  }
  require(record.from_kernel);
  require(finding->about.size() <= 64 && is_shown_well(finding->about));
  KernelRecord forged = record;
  forged.from_kernel = false;
  require(!classify(forged));
  const TimePoint when{record.since_boot};
  window.add(finding->trouble, when, 1, finding->about, when);
  require(window.count(finding->trouble) > 0);
}

void read_log(std::string_view text) {
  KernelEventWindow window(std::chrono::minutes(10));
  std::uint64_t records = 0;
  while (!text.empty()) {
    if (const auto record = parse_kernel_record(next_line(text))) {
      ++records;
      look_at(*record, window);
    }
  }
  std::uint64_t events = 0;
  for (int trouble = 0; trouble < kKernelTroubleCount; ++trouble) {
    events += window.count(static_cast<KernelTrouble>(trouble));
    require(window.about(static_cast<KernelTrouble>(trouble)).size() <= 3);
  }
  require(events <= records);
  window.move_to(TimePoint::max());
  require(window.count(KernelTrouble::kOomKill) == 0);
}

// Numbers of /proc, and the letters of a taint.
void read_facts(std::string_view text) {
  const auto uptime = parse_uptime(text);
  require(!uptime || uptime->count() >= 0);
  static_cast<void>(parse_vmstat(text, "oom_kill"));
  static_cast<void>(parse_thread_count(text));
  static_cast<void>(parse_file_numbers(text));
  if (const auto taint = to_number<std::uint64_t>(text)) {
    require(taint_letters(*taint).empty() == (*taint == 0));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  first_line_only(data);
  read_log(data);
  read_facts(data);
  return 0;
}
