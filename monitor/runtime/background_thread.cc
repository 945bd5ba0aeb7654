#include "monitor/runtime/background_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hale::monitor {

void begin_background_thread(const char* name, int niceness) {
  pthread_setname_np(pthread_self(), name);
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + niceness);
}

}  // namespace hale::monitor
