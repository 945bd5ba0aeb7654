// HALE_ASSERT guards an invariant of our own code and stays on in release builds. It never guards
// what a peer, a file, a user or the kernel can cause: those are handled as values.
#pragma once

namespace hale::monitor {

// Prints the broken invariant to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace hale::monitor

#define HALE_ASSERT(condition)                                           \
  do {                                                                   \
    if (!(condition)) {                                                  \
      ::hale::monitor::assertion_failed(#condition, __FILE__, __LINE__); \
    }                                                                    \
  } while (false)
