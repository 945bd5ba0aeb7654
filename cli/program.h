// The whole program behind main(): parses the command line and runs one subcommand.
#pragma once

namespace hale::cli {

// Returns the exit status (cli/exit_status.h). Throws nothing.
int run_program(int argc, char** argv);

}  // namespace hale::cli
