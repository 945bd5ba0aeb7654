// The subcommands, one file each (cli/<name>_command.cc). Each returns the exit status.
#pragma once

#include "cli/options.h"

namespace hale::cli {

int run_command(const RunOptions& options);
int check_command(const CheckOptions& options);
int status_command(const StatusOptions& options);
int events_command(const EventsOptions& options);
int explain_command(const ExplainOptions& options);
int pause_command(const PauseOptions& options);
int resume_command(const PauseOptions& options);
int time_command(const TimeOptions& options);
int validate_command(const ValidateOptions& options);
int types_command(const TypesOptions& options);
int schema_command();
int discover_command(const DiscoverOptions& options);
int version_command();

}  // namespace hale::cli
