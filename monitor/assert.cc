#include "monitor/assert.h"

#include <cstdio>
#include <cstdlib>

namespace hale::monitor {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "hale: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace hale::monitor
