// What a command says: a Nagios plugin, or any program whose exit status tells well from ill.
//
// Never a shell: the arguments are handed over as they stand. The command gets an environment of
// its own, a process group of its own and what resources the configuration grants it, and is gone
// when the run is over.
#pragma once

#include <memory>
#include <string>

#include "checks/exec/command_result.h"
#include "checks/process/spawn.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& exec_descriptor();

struct ExecOptions {
  SpawnSettings command;
  CommandReading reading;
  std::size_t most_kept = std::size_t{64} << 10U;  // of each of its two outputs, in bytes
  std::string shown;                               // the command without its secrets
};

class ExecCheck final : public monitor::Check {
 public:
  explicit ExecCheck(ExecOptions options);
  std::string target() const override { return shown_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  std::shared_ptr<const SpawnSettings> command_;
  CommandReading reading_;
  std::size_t most_kept_;
  std::string shown_;
};

}  // namespace hale::checks
