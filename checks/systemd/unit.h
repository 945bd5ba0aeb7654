// What systemd says about its units: values only, in systemd's own words (systemctl(1),
// org.freedesktop.systemd1(5)). Words are kept as they come: a newer systemd may have more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "monitor/time.h"

namespace hale::checks {

// One start of a service, as it was seen or as systemd's counters tell.
struct UnitStart {
  monitor::WallTime time;
  bool planned = false;  // somebody asked for it by a job; otherwise systemd started it again
  std::string end;       // how the run before it ended: "exit status 1", "killed by SIGSEGV"
};

struct ServiceFacts {
  std::string type;     // "simple", "notify", "oneshot", ...
  std::string restart;  // "no", "always", "on-failure", ...
  std::string result;  // "success", "exit-code", "signal", "core-dump", "watchdog", "oom-kill", ...
  std::string reload_result;  // the same of its last reload
  bool remain_after_exit = false;
  std::uint32_t restarts = 0;  // NRestarts: automatic ones; falls back to 0 at times
  std::int64_t main_pid = 0;   // 0: none
  int exit_code = 0;    // CLD_EXITED, CLD_KILLED or CLD_DUMPED of the last main process; 0: none
  int exit_status = 0;  // its exit status or signal
  std::optional<monitor::WallTime> main_started;
  std::optional<monitor::WallTime> main_exited;
  std::optional<monitor::Duration> watchdog;            // the interval; absent: none
  std::optional<monitor::WallTime> watchdog_last_sign;  // absent: none yet
  std::string status_text;                              // what the service says of itself
  std::vector<std::string> command;                     // of its first ExecStart
  bool private_network = false;  // it listens in a network namespace of its own
};

struct SocketFacts {
  std::vector<std::pair<std::string, std::string>> listen;  // "Stream", "[::]:80"
  std::string bind_ipv6_only;                               // "default", "both", "ipv6-only"
  std::string result;
  std::vector<std::string> triggers;  // the services
  std::uint32_t connections = 0;      // now
  std::uint32_t accepted = 0;         // since the start
  std::uint32_t refused = 0;
};

struct TimerFacts {
  std::string result;
  std::vector<std::string> triggers;
  std::optional<monitor::WallTime> last_trigger;
  std::optional<monitor::WallTime> next_elapse;  // on either clock; absent: never again
};

struct Unit {
  std::string name;          // "nginx.service"
  std::string load_state;    // "loaded", "not-found", "masked", "error", "bad-setting"
  std::string active_state;  // "active", "reloading", "inactive", "failed", "activating", ...
  std::string sub_state;     // "running", "auto-restart", "exited", "dead", ...
  std::string file_state;    // "enabled", "disabled", "static", ...; "" without a unit file
  std::string fragment_path;
  std::string load_error;     // why it is no unit, in systemd's words; mostly ""
  std::string control_group;  // "/system.slice/nginx.service"; "" while it has none
  bool need_reload = false;   // its files have changed since systemd read them
  bool has_job = false;
  bool condition_failed = false;  // its last start was not wanted: ConditionPathExists= and others
  std::string invocation;         // tells its starts apart
  std::string failed_job;         // how its last job ended, "timeout", "dependency"; "": well
  std::optional<monitor::WallTime> job_failed;
  std::optional<monitor::WallTime> state_changed;
  std::optional<monitor::WallTime> active_since;
  std::optional<monitor::WallTime> inactive_since;
  std::vector<std::string> triggered_by;  // sockets, timers and paths that start it
  std::vector<std::string> wanted_by;     // what asks for it: WantedBy=, RequiredBy= and the like
  std::vector<std::string> conflicts;     // Conflicts= and ConflictedBy=
  bool detailed = false;                  // more was read than `systemctl list-units` shows
  std::optional<ServiceFacts> service;
  std::optional<SocketFacts> socket;
  std::optional<TimerFacts> timer;
};

using Units = std::map<std::string, Unit, std::less<>>;  // by name

}  // namespace hale::checks
