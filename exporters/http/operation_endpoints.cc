// The endpoints for what applications time: they write into the operations, and show them.
#include <algorithm>
#include <array>
#include <span>
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
      std::span<const double> seconds;
      if (one.seconds) {
        seconds = {&*one.seconds, 1};
      }
      taken += writer.time({.operation = one.operation,
                            .labels = {labels.data(), operations.settings().labels.size()},
                            .success = one.success,
                            .reason = one.reason,
                            .times = 1},
                           seconds);
    }
    writer.show_at_once();
  }
  return json_response("{\"taken\":" + std::to_string(taken) +
                       ",\"rejected\":" + std::to_string(observed->size() - taken) + "}");
}

}  // namespace hale::exporters
