// Waits for processes that were killed and do not end, as those that hang in the kernel do, so that
// none stays behind as a zombie. One an agent; loop thread only.
#pragma once

#include <cstddef>
#include <memory>

#include "checks/process/spawn.h"
#include "monitor/run_context.h"

namespace hale::checks {

class Reaper {
 public:
  explicit Reaper(monitor::Services& services);
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Takes over a child whose group was killed.
  void adopt(Child child);

  std::size_t waiting() const;  // children that still have not ended

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hale::checks
