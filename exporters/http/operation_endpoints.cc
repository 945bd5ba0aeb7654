// The endpoints for what applications time: they write into the operations, and show them.
#include <array>
#include <string>
#include <utility>

#include "exporters/http/endpoints.h"
#include "exporters/http/observe_body.h"
#include "exporters/json/operations_document.h"

namespace hale::exporters {

using monitor::IngestSource;
using monitor::Operations;
using monitor::Rejection;

Result<Reply> operations(const Call& call) {
  constexpr std::array<std::string_view, 1> kKnown = {"operation"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  const auto view = call.sources.operations.view(call.sources.clock.now());
  return json_response(operations_json(*view, query->list("operation")));
}

Result<Reply> observe(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  Operations& operations = call.sources.operations;
  auto observed = parse_observe_body(call.body, operations.settings().labels);
  if (!observed) {
    operations.counters().reject(IngestSource::kObserve, Rejection::kMalformed);
    return std::unexpected(std::move(observed.error()));
  }
  std::size_t taken = 0;
  {
    const monitor::Clock& clock = call.sources.clock;
    Operations::Writer writer(operations, IngestSource::kObserve, clock.now(), clock.wall_now());
    std::array<std::string_view, monitor::kMaxOperationLabels> labels;
    for (const Observed& one : *observed) {
      std::ranges::copy(one.labels, labels.begin());
      const bool is_taken =
          writer.time({.operation = one.operation,
                       .labels = {labels.data(), operations.settings().labels.size()},
                       .seconds = one.seconds,
                       .success = one.success,
                       .reason = one.reason,
                       .times = 1});
      taken += is_taken ? 1 : 0;
    }
    writer.show_at_once();
  }
  // Everything was in order, so that what is not taken is beyond max_operations.
  return json_response("{\"taken\":" + std::to_string(taken) +
                       ",\"rejected\":" + std::to_string(observed->size() - taken) + "}");
}

}  // namespace hale::exporters
