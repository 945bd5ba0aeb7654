// The body of POST /api/v1/observe.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/http/observe_body.h"
#include "monitor/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> labels = {"model", "env"};
  const auto parsed = hale::exporters::parse_observe_body(body, labels);
  if (!parsed) {
    HALE_ASSERT(parsed.error().status == 400);
    HALE_ASSERT(!parsed.error().message.empty());
    return 0;
  }
  for (const hale::exporters::Observed& observed : *parsed) {
    HALE_ASSERT(hale::monitor::is_operation_name(observed.operation));
    HALE_ASSERT(!observed.seconds || *observed.seconds >= 0);
  }
  return 0;
}
