// What is known of systemd's units, kept up to date by its signals over one long connection to its
// bus. Shared by all checks: services().shared<UnitWatch>(). Engine thread only.
//
// Reads everything once, then only what changes. Where the connection breaks, or systemd reads its
// units anew, the next look connects and reads again; nothing is known in between.
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <vector>

#include "checks/systemd/unit.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"
#include "monitor/time.h"

namespace hale::checks {

class UnitWatch {
 public:
  explicit UnitWatch(monitor::Services& services);
  ~UnitWatch();
  UnitWatch(const UnitWatch&) = delete;
  UnitWatch& operator=(const UnitWatch&) = delete;

  // Brings the picture up to date: every unit that is loaded or enabled. The error is an outcome
  // for the whole look: unknown, `unsupported` where no systemd runs here, `permission`, `agent`,
  // ... It ends before the run's patience does; a look of two checks at once is one look. Throws
  // operation_aborted when the run is cancelled.
  monitor::Task<std::expected<void, monitor::Outcome>> look(monitor::RunContext& context);

  // Looks at this unit as well, from the next look on, whether or not it is loaded or enabled: it
  // may be an instance of a template, or an alias.
  void want(std::string_view name);

  // As of the last look that succeeded; valid until the next co_await.
  const Units& units() const;
  const Unit* find(std::string_view name) const;  // null: systemd does not know it

  // The starts of a service, the oldest first, that are no older than kStartsKept, seen or told by
  // the counter, across restarts of the agent too. The first start of a unit is none.
  const std::vector<UnitStart>& starts(std::string_view name) const;
  static constexpr monitor::Duration kStartsKept = std::chrono::hours(1);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hale::checks
