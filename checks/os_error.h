// What the operating system said, in words: errno values as programs and as people read them.
// Pure; any thread.
#pragma once

#include <string>

namespace hale::checks {

// "ECONNREFUSED"; "errno 4711" for one that has no name.
std::string errno_name(int error);

// "Connection refused"
std::string errno_text(int error);

}  // namespace hale::checks
