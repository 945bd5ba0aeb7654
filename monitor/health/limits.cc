#include "monitor/health/limits.h"

#include <array>
#include <utility>

#include "monitor/format.h"

namespace hale::monitor {
namespace {

bool compare(double left, Comparison comparison, double right) {
  switch (comparison) {
    case Comparison::kLess:
      return left < right;
    case Comparison::kLessEqual:
      return left <= right;
    case Comparison::kGreater:
      return left > right;
    case Comparison::kGreaterEqual:
      return left >= right;
    case Comparison::kEqual:
      return left == right;
    case Comparison::kNotEqual:
      return left != right;
  }
  return false;
}

bool breaks(const Limit& limit, const Measurement& measurement) {
  if (!limit.share) {
    return compare(measurement.value, limit.comparison, limit.value);
  }
  if (!measurement.total || *measurement.total <= 0) {
    return false;  // a share of nothing says nothing
  }
  return compare(measurement.value / *measurement.total, limit.comparison, limit.value);
}

// "free 4.1 GiB (8.1 %) is below 10 %", "duration 2.3 s is 2 s or more"
std::string describe(const Limit& limit, const Measurement& measurement) {
  const Unit unit = limit.measurement->unit;
  std::string text = measurement.name + " " + format_value(unit, measurement.value);
  if (measurement.total && *measurement.total > 0) {
    text += " (" + format_share(measurement.value / *measurement.total) + ")";
  }
  const std::string bound =
      limit.share ? format_share(limit.value) : format_value(unit, limit.value);
  switch (limit.comparison) {
    case Comparison::kLess:
      return text + " is below " + bound;
    case Comparison::kLessEqual:
      return text + " is " + bound + " or less";
    case Comparison::kGreater:
      return text + " is above " + bound;
    case Comparison::kGreaterEqual:
      return text + " is " + bound + " or more";
    case Comparison::kEqual:
      return text + " is " + bound;
    case Comparison::kNotEqual:
      return text + " is not " + bound;
  }
  return text;
}

}  // namespace

std::string_view to_string(Comparison comparison) {
  constexpr std::array<std::string_view, 6> kNames = {"<", "<=", ">", ">=", "==", "!="};
  return kNames[static_cast<std::size_t>(comparison)];
}

const std::vector<Limit>& LimitSet::for_item(std::string_view item) const {
  const auto found = items.find(item);
  return found == items.end() ? check : found->second;
}

void apply_limits(const std::vector<Limit>& limits, const std::vector<Measurement>& measurements,
                  Outcome& outcome) {
  if (outcome.result == Result::kUnknown || outcome.result == Result::kFail) {
    return;
  }
  const Limit* broken = nullptr;
  const Measurement* breaker = nullptr;
  for (const Limit& limit : limits) {
    const Result so_far = broken != nullptr ? broken->severity : outcome.result;
    if (worst(so_far, limit.severity) == so_far) {
      continue;
    }
    for (const Measurement& measurement : measurements) {
      if (measurement.name == limit.measurement->name && breaks(limit, measurement)) {
        broken = &limit;
        breaker = &measurement;
        break;
      }
    }
  }
  if (broken == nullptr) {
    return;
  }
  outcome.result = broken->severity;
  outcome.reason = Reason::kThreshold;
  outcome.phase = Phase::kEvaluate;
  outcome.message = describe(*broken, *breaker);
}

}  // namespace hale::monitor
