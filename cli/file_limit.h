// The limit on open descriptors. Called once, by the command that runs the agent.
#pragma once

namespace hale::cli {

// Raises this process's limit on open descriptors to what the system allows: every connection in
// flight takes one. Keeps the present limit where that is refused.
void raise_file_limit();

}  // namespace hale::cli
