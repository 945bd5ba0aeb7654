#include "monitor/health/limits.h"

#include <algorithm>
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

bool breaks_share(const Limit& limit, const Measurement& measurement) {
  if (measurement.open && measurement.open->unit == Unit::kRatio) {
    return compare(measurement.value, limit.comparison, limit.value);
  }
  if (!measurement.total || *measurement.total <= 0) {
    return false;  // a share of nothing says nothing
  }
  return compare(measurement.value / *measurement.total, limit.comparison, limit.value);
}

bool breaks(const Limit& limit, const Measurement& measurement) {
  if (limit.share) {
    return breaks_share(limit, measurement);
  }
  if (limit.measurement->open && measurement.open && limit.open_unit == Unit::kNone) {
    return compare(measurement.value / measurement.open->scale, limit.comparison, limit.value);
  }
  return compare(measurement.value, limit.comparison, limit.value);
}

bool is_about(const Limit& limit, const Measurement& measurement) {
  return limit.measurement->open == measurement.open.has_value() &&
         limit.name() == measurement.name;
}

// "free 4.1 GiB (8.1 %)"
std::string describe(const Measurement& measurement, Unit unit) {
  std::string text = measurement.name + " " + format_value(unit, measurement.value);
  if (measurement.total && *measurement.total > 0) {
    text += " (" + format_share(measurement.value / *measurement.total) + ")";
  }
  return text;
}

// "free 4.1 GiB (8.1 %) is below 10 %", "duration 2.3 s is 2 s or more"
std::string describe(const Limit& limit, const Measurement& measurement) {
  const Unit unit = measurement.open ? measurement.open->unit : limit.measurement->unit;
  double value = limit.value;
  if (measurement.open && limit.open_unit == Unit::kNone && !limit.share) {
    value *= measurement.open->scale;
  }
  std::string text = describe(measurement, unit);
  const std::string bound = limit.share ? format_share(value) : format_value(unit, value);
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

// "users 12 is above 10", where the limit came with the measurement.
std::string describe(const Range& range, const Measurement& measurement) {
  const Unit unit = measurement.open ? measurement.open->unit : Unit::kNone;
  std::string text = describe(measurement, unit);
  if (range.inside) {
    return text + " is between " + format_value(unit, range.low) + " and " +
           format_value(unit, range.high);
  }
  return measurement.value < range.low ? text + " is below " + format_value(unit, range.low)
                                       : text + " is above " + format_value(unit, range.high);
}

// What the run itself said, where the name of a measurement says little of what it is about: which
// certificate expires, what a plugin found.
std::string with_context(std::string text, bool needed, const std::string& said) {
  return needed && !said.empty() ? std::move(text) + ": " + said : text;
}

// The worst limit that is broken so far, and how that reads.
struct Breach {
  Result severity;
  std::string message;

  bool is_beaten_by(Result candidate) const { return worst(severity, candidate) != severity; }
};

void find_breach(const Limit& limit, const std::vector<Measurement>& measurements,
                 const std::string& said, Breach& breach) {
  for (const Measurement& measurement : measurements) {
    if (is_about(limit, measurement) && breaks(limit, measurement)) {
      const bool needs_context = limit.measurement->open || limit.measurement->is_remaining ||
                                 limit.measurement->needs_words;
      breach = {limit.severity, with_context(describe(limit, measurement), needs_context, said)};
      return;
    }
  }
}

bool is_replaced(const std::vector<Limit>& limits, const Measurement& measurement,
                 Result severity) {
  return std::ranges::any_of(limits, [&](const Limit& limit) {
    return limit.severity == severity && is_about(limit, measurement);
  });
}

void find_own_breach(const std::vector<Limit>& limits, const Measurement& measurement,
                     const std::string& said, Breach& breach) {
  if (!measurement.open) {
    return;
  }
  const std::pair<Result, const std::optional<Range>*> own[] = {
      {Result::kWarn, &measurement.open->warn}, {Result::kFail, &measurement.open->fail}};
  for (const auto& [severity, range] : own) {
    if (*range && breach.is_beaten_by(severity) && (*range)->alarms(measurement.value) &&
        !is_replaced(limits, measurement, severity)) {
      breach = {severity, with_context(describe(**range, measurement), true, said)};
    }
  }
}

bool reports(const std::vector<Measurement>& measurements, const Limit& limit) {
  return std::ranges::any_of(
      measurements, [&](const Measurement& measurement) { return is_about(limit, measurement); });
}

template <typename IsReported>
void require(const std::vector<Limit>& limits, Outcome& outcome, IsReported is_reported) {
  if (outcome.result != Result::kPass) {
    return;
  }
  for (const Limit& limit : limits) {
    if (limit.asked_for && !limit.off && !is_reported(limit)) {
      outcome = Outcome::unknown(
          Reason::kMissing, Phase::kEvaluate,
          "\"" + std::string(limit.name()) + "\" has a limit and was not reported");
      return;
    }
  }
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
  Breach breach = {outcome.result, ""};
  for (const Limit& limit : limits) {
    if (!limit.off && breach.is_beaten_by(limit.severity)) {
      find_breach(limit, measurements, outcome.message, breach);
    }
  }
  for (const Measurement& measurement : measurements) {
    find_own_breach(limits, measurement, outcome.message, breach);
  }
  if (breach.severity != outcome.result) {
    outcome.result = breach.severity;
    outcome.reason = Reason::kThreshold;
    outcome.phase = Phase::kEvaluate;
    outcome.message = std::move(breach.message);
  }
}

void require_measurements(const LimitSet& limits, CheckResult& result) {
  require(limits.check, result.outcome, [&](const Limit& limit) {
    return limit.measurement == &duration_measurement() || reports(result.measurements, limit) ||
           std::ranges::any_of(result.items, [&](const ItemResult& item) {
             return reports(item.measurements, limit);
           });
  });
  for (ItemResult& item : result.items) {
    if (const auto own = limits.items.find(item.name); own != limits.items.end()) {
      require(own->second, item.outcome,
              [&](const Limit& limit) { return reports(item.measurements, limit); });
    }
  }
}

}  // namespace hale::monitor
