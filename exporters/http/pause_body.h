// The body of POST .../pause. Pure.
#pragma once

#include <string_view>

#include "exporters/http/message.h"
#include "monitor/control.h"

namespace hale::exporters {

// {"for": "1h", "reason": "...", "by": "..."}; every key may be left out, and so may the body.
Result<monitor::PauseRequest> parse_pause_body(std::string_view body);

}  // namespace hale::exporters
