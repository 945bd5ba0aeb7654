#include "tests/sim/verdict.h"

#include <array>

namespace hale::sim {

std::string_view to_string(Rule rule) {
  constexpr std::array<std::string_view, 14> kNames = {
      "one run at a time", "deadline", "on the grid", "no catch-up",      "skips counted",
      "first run",         "result",   "status",      "events",           "overall",
      "fresh board",       "commands", "stop",        "all is well again"};
  return kNames[static_cast<std::size_t>(rule)];
}

}  // namespace hale::sim
