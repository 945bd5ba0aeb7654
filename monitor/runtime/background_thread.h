// What threads beside the engine's do first.
#pragma once

namespace hale::monitor {

// Gives the calling thread its name, of up to 15 characters, and a priority that is lower than the
// engine's by `niceness`: that one comes first. Being refused either is no error.
void begin_background_thread(const char* name, int niceness);

}  // namespace hale::monitor
