// Check type `process`: whether the processes of a service are there, how many, and what they use.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/proc/process_selection.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& process_descriptor();

// Since when each process that the kernel keeps in a wait that no signal ends (state D) has been
// there without a turn on a CPU. Pure.
class BlockedProcesses {
 public:
  void look(const std::vector<Process>& processes, monitor::TimePoint now);
  // Those that have been there for at least `least`, with how long the longest has.
  struct Blocked {
    std::uint64_t count = 0;
    pid_t longest = 0;
    monitor::Duration for_how_long{};
  };
  Blocked blocked(monitor::Duration least, monitor::TimePoint now) const;

 private:
  using Identity = std::pair<pid_t, std::uint64_t>;  // with start_ticks
  struct Wait {
    monitor::TimePoint since;
    std::uint64_t switches = 0;
  };
  std::map<Identity, Wait> waits_;
};

// What a check is about.
struct ProcessOptions {
  ProcessSelector selector;
  std::string exists = "yes";  // whether there has to be one: yes, no, maybe
  monitor::Duration blocked_after = std::chrono::seconds(30);
};

// The result of two looks. Pure.
monitor::CheckResult process_result(const ProcessOptions& options, const ProcessLook& before,
                                    const ProcessLook& after,
                                    const BlockedProcesses::Blocked& blocked);

class ProcessCheck final : public monitor::Check {
 public:
  explicit ProcessCheck(ProcessOptions options);
  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  using Look = std::shared_ptr<const ProcessLook>;
  monitor::Task<std::expected<Look, monitor::Outcome>> look(monitor::RunContext& context);

  ProcessOptions options_;
  BlockedProcesses blocked_;
  Look previous_;  // null before the first
  monitor::TimePoint looked_;
};

}  // namespace hale::checks
