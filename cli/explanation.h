// What is known about one check, as text for a person. Pure.
#pragma once

#include <string>

#include <Poco/JSON/Object.h>

#include "monitor/run_context.h"

namespace hale::cli {

// `check`: as GET /api/v1/checks/{name} gives it; `history`: as its history.
std::string explain(const Poco::JSON::Object& check, const Poco::JSON::Object& history,
                    bool colour);

// One run: what it told, line by line, and what came of it.
std::string explain_run(const Poco::JSON::Object& check, const monitor::Story& story, bool colour);

}  // namespace hale::cli
