// A plan as a configuration file: TOML, with a comment for each reason. Pure.
#pragma once

#include <string>

#include "discovery/plan.h"
#include "monitor/check_registry.h"

namespace hale::discovery {

std::string configuration_text(const Plan& plan, const monitor::CheckRegistry& registry);

// What was found, with all that is known of it, and what could not be seen: lines for people.
std::string report_text(const Plan& plan);

}  // namespace hale::discovery
