// What systemd's words and numbers read like for people. Pure but for the local time zone.
#pragma once

#include <optional>
#include <string>

#include "checks/systemd/unit.h"
#include "monitor/time.h"

namespace hale::checks {

// "10:02"; with the date where that is another day than `now`, "2026-11-20 10:02".
std::string clock_text(monitor::WallTime time, monitor::WallTime now);

// How the last run of a service ended: "exit status 1", "killed by SIGSEGV", "killed for want of
// memory", "missed its watchdog"; "" where nothing has ended.
std::string end_text(const ServiceFacts& service);

// Of CLD_EXITED and its like alone: "exit status 1"; "" for no code.
std::string exit_text(int code, int status);

}  // namespace hale::checks
