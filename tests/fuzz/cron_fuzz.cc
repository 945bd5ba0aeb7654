// A schedule of cron: whatever is taken has a next time, which is later, and none before it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checks/heartbeat/cron.h"
#include "monitor/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hale::checks::LocalMinute;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto schedule = hale::checks::CronSchedule::parse(text);
  if (!schedule) {
    HALE_ASSERT(!schedule.error().empty());
    return 0;
  }
  LocalMinute time(std::chrono::minutes(29'000'000));
  for (int i = 0; i < 3; ++i) {
    const LocalMinute next = schedule->next(time);
    HALE_ASSERT(next > time);
    HALE_ASSERT(schedule->next(next - std::chrono::minutes(1)) == next);
    time = next;
  }
  return 0;
}
