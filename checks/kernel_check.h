// Check type `kernel`: what the kernel had to do and say lately (killed for want of memory, hung,
// locked up, broken), how much room is left in its tables, and whether it waits for a reboot.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checks/kernel/event_window.h"
#include "checks/kernel/kernel_facts.h"
#include "checks/kernel/log_reader.h"
#include "checks/kernel/reboot.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& kernel_descriptor();

struct KernelOptions {
  monitor::Duration window = std::chrono::minutes(15);
  std::string log = "auto";  // auto, required, off
  std::filesystem::path log_path = "/dev/kmsg";
  std::filesystem::path run_root = "/run";
  std::filesystem::path modules_root = "/lib/modules";
};

// What a run has found; what could not be looked at is absent.
struct KernelView {
  KernelFacts facts;
  bool log_read = false;
  std::optional<ReadError> log_error;  // why it was not, where it should have been
  std::optional<RebootNeed> reboot;
};

class KernelCheck final : public monitor::Check {
 public:
  explicit KernelCheck(KernelOptions options);
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<> read_log(monitor::RunContext& context, KernelView& view);
  monitor::Task<> look_for_reboot(monitor::RunContext& context, KernelView& view);
  void take(monitor::RunContext& context, const KernelView& view,
            const std::vector<KernelRecord>& records);
  void count_kills(monitor::RunContext& context, const KernelView& view);

  KernelOptions options_;
  KernelLogReader log_;
  KernelEventWindow events_;
  bool caught_up_ = false;  // the log was read to its end once
  std::optional<std::uint64_t> kills_;
};

// The result of a look. Pure.
monitor::CheckResult kernel_result(const KernelView& view, const KernelEventWindow& events);

}  // namespace hale::checks
