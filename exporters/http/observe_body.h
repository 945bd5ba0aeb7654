// The body of POST /api/v1/observe. Pure.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/http/message.h"
#include "monitor/operations/operations.h"

namespace hale::exporters {

// One element of the body, as it is to be recorded.
struct Observed {
  std::string operation;
  std::array<std::string, monitor::kMaxOperationLabels> labels;  // as the settings list them
  std::optional<double> seconds;
  bool success = true;
  monitor::Reason reason = monitor::Reason::kNone;
};

// [{"operation": "llm_chat", "duration_ms": 812, "success": true, "reason": "timeout",
//   "labels": {"model": "x"}}], or one such object. Only "operation" is required, and of the labels
// those count that `labels` lists. All of it, or what is wrong with the first element that is.
Result<std::vector<Observed>> parse_observe_body(std::string_view body,
                                                 std::span<const std::string> labels);

}  // namespace hale::exporters
