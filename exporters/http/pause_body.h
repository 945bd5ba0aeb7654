// The body of POST .../pause, and of the commands that take none. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "exporters/http/message.h"
#include "monitor/control.h"
#include "monitor/time.h"

namespace hale::exporters {

// {"for": "1h", "reason": "...", "by": "..."}; every key may be left out, and so may the body.
Result<monitor::PauseRequest> parse_pause_body(std::string_view body);

// Nothing, or an empty object.
Result<void> expect_empty_body(std::string_view body);

}  // namespace hale::exporters
