// The document of GET /api/v1/status as a table for people. `hale status` and `hale check` print
// the same one.
#pragma once

#include <functional>
#include <string>

#include <Poco/JSON/Object.h>

namespace hale::cli {

struct StatusTableOptions {
  bool colour = false;
  std::size_t width = 0;  // of the terminal; 0: lines are not cut
  bool with_age = true;   // columns that only a daemon can fill: since when, last run, percentiles
};

// A headline (agent, overall status, score, counts) and a line a check, the worst first. Only the
// checks that `wanted` accepts are listed.
std::string status_table(
    const Poco::JSON::Object& status, const StatusTableOptions& options,
    const std::function<bool(const std::string& name, const Poco::JSON::Object& check)>& wanted);

// The open ones of GET /api/v1/findings, below that table; nothing where there are none. `now`: the
// daemon's. Only those of the checks that `wanted` accepts.
std::string findings_table(const Poco::JSON::Object& findings, double now,
                           const StatusTableOptions& options,
                           const std::function<bool(const std::string& check)>& wanted);

// "3s", "5m", "2h", "4d": coarse, for a column.
std::string age(double seconds);

// "0.35ms", "12.3ms", "4.02s": likewise.
std::string short_duration(double milliseconds);

}  // namespace hale::cli
