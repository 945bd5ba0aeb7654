// Datagrams of StatsD: every input is one, read into operations that are few and small, so that
// the limits are met as well.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/statsd_reader.h"
#include "monitor/assert.h"
#include "monitor/utf8.h"

using namespace hale::monitor;
using hale::ingest::ServiceCheck;
using hale::ingest::StatsdReader;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view datagram(reinterpret_cast<const char*>(data), size);
  OperationsSettings settings;
  settings.labels = {"model", "env"};
  settings.max_operations = 8;
  const TimePoint now(std::chrono::hours(1));
  Operations operations(settings, now);
  StatsdReader reader(operations, 1e-3);
  std::vector<ServiceCheck> checks;
  {
    Operations::Writer writer(operations, IngestSource::kStatsd, now, WallTime{});
    reader.read(datagram, writer, checks);
  }
  const auto view = operations.view(now);
  HALE_ASSERT(view->operations.size() <= settings.max_operations);
  HALE_ASSERT(view->values.size() <= settings.max_operations);
  for (const auto& operation : view->operations) {
    HALE_ASSERT(is_operation_name(operation->name));
    HALE_ASSERT(operation->latencies->count() <= operation->passed + operation->failed);
  }
  std::set<std::pair<std::string, Labels>> seen;
  for (const ValueView& value : view->values) {
    HALE_ASSERT(std::isfinite(value.value));
    HALE_ASSERT(seen.emplace(value.name, value.labels).second);
    for (const auto& [name, text] : value.labels) {
      HALE_ASSERT(is_utf8(text));
    }
  }
  for (const ServiceCheck& check : checks) {
    HALE_ASSERT(!check.name.empty());
  }
  return 0;
}
