// What a plugin prints, performance data and ranges among it: never more than it should be, and
// every value a number.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "checks/exec/nagios_output.h"

namespace {

void demand(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const hale::checks::NagiosOutput output = hale::checks::parse_nagios_output(text);
  demand(output.values.size() <= 256);
  demand(output.text.size() <= size);
  demand(!output.text.contains('\n'));
  std::set<std::string> names;
  for (const hale::monitor::Measurement& value : output.values) {
    demand(!value.name.empty() && names.insert(value.name).second);
    demand(std::isfinite(value.value) && value.open.has_value());
    demand(!value.total || *value.total > 0);
  }
  if (const auto range = hale::checks::parse_nagios_range(text)) {
    demand(range->low <= range->high);
    demand(range->alarms(range->low) == range->inside || std::isinf(range->low));
  }
  return 0;
}
