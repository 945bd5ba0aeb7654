// The body of POST .../heartbeat. Pure.
#pragma once

#include <string_view>

#include "exporters/http/message.h"
#include "monitor/passive.h"

namespace hale::exporters {

// {"state": "start" or "done", "result": "pass", "message": "...", "duration_ms": 812}; every key
// may be left out. No body at all is a pass.
Result<monitor::Report> parse_report_body(std::string_view body);

}  // namespace hale::exporters
