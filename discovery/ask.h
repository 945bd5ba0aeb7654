// Asks an endpoint whether it is well, by running the checks that could be the right ones, in order
// and once each, until one is answered. What is written into the configuration was run before.
#pragma once

#include <vector>

#include "discovery/picture.h"
#include "monitor/check_registry.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::discovery {

// How long one trial may take.
inline constexpr monitor::Duration kTrialPatience = std::chrono::milliseconds(1500);

// `host` is where the trials ask. Never longer than the run's deadline. Throws operation_aborted
// when the run is cancelled. Loop thread only; `registry` outlives it.
monitor::Task<Answer> ask(monitor::RunContext& context, const monitor::CheckRegistry& registry,
                          std::vector<Trial> trials, std::string host, std::uint16_t port);

// One run of a check with these keys and the type's defaults for all others; nullopt where it was
// not back in time, or there is no such type.
monitor::Task<std::optional<monitor::CheckResult>> run_trial(monitor::RunContext& context,
                                                             const monitor::CheckRegistry& registry,
                                                             Trial trial);

// `set`, and the defaults of the keys that it leaves out, tables within tables too. Pure.
monitor::Parameters complete(const std::vector<monitor::KeyDescriptor>& keys,
                             const monitor::Parameters& set);

}  // namespace hale::discovery
