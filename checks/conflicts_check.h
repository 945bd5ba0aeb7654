// Check type `conflicts`: watches all units and all listeners for what stands in each other's way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/conflicts/judge.h"
#include "checks/conflicts/port_history.h"
#include "checks/conflicts/scene.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& conflicts_descriptor();

struct ConflictsOptions {
  // Journals are for root, and what hale says is for whoever can reach it.
  bool quote_journal = false;
  std::filesystem::path run_root = "/run";
};

class ConflictsCheck final : public monitor::Check {
 public:
  explicit ConflictsCheck(ConflictsOptions options) : options_(std::move(options)) {}
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  // What a journal said of a run; it is read again for the next one, and until it says something.
  struct JournalLook {
    std::uint32_t restarts = 0;
    std::optional<monitor::WallTime> started;
    monitor::WallTime since;  // what was written before belongs to other troubles
    JournalEvidence evidence;
    bool is_of_same_run(const JournalLook& other) const {
      return restarts == other.restarts && started == other.started;
    }
  };

  std::map<std::string, JournalLook> journals_wanted(const ConflictScene& scene) const;
  monitor::Task<> read_journals(monitor::RunContext& context, const ConflictScene& scene);
  // Where nothing answers on systemd's bus: whether that is because this host has no systemd.
  bool is_without_systemd() const;
  monitor::Task<> find_holders(monitor::RunContext& context, ConflictScene& scene);

  ConflictsOptions options_;
  PortHistory history_;
  bool restored_ = false;
  bool seen_systemd_ = false;
  std::map<std::string, JournalLook> journals_;  // of the units in trouble
};

// The result of a look. Pure. `without_systemd`: none runs here, so that no unit is known.
monitor::CheckResult conflicts_result(const ConflictScene& scene, bool without_systemd);

}  // namespace hale::checks
