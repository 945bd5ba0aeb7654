// What the command line says about the configuration, as trees like those of files: `--set`,
// `--listen`, `--profile`.
#pragma once

#include "config/problems.h"
#include "config/sources.h"

namespace hale::config {

// Appends one source and one tree for each argument; they win over the files.
void add_command_line(const CommandLine& command_line, Sources& sources, Problems& problems);

}  // namespace hale::config
