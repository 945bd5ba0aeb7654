// Limits: the same for every measurement of every type. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "monitor/check_descriptor.h"
#include "monitor/check_result.h"

namespace hale::monitor {

enum class Comparison : std::uint8_t {
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual
};
std::string_view to_string(Comparison comparison);  // "<", "<=", ...

// Triggers when `measurement comparison value` holds. Without an operator in the configuration the
// comparison follows from the direction that is bad: `>=` where high is bad, `<` where low is bad.
struct Limit {
  const MeasurementDescriptor* measurement = nullptr;  // static storage
  Comparison comparison = Comparison::kGreaterEqual;
  double value = 0;                 // base units: seconds, bytes, plain numbers; a share as 0..1
  bool share = false;               // of the measurement's total
  Result severity = Result::kWarn;  // kWarn or kFail
  bool asked_for = false;  // by a user, who relies on it; not one that the type brings along

  // Where `measurement` is open, what its descriptor does not know. A share is of the total, unless
  // the measurement is a share itself.
  std::string open_name = {};
  Unit open_unit = Unit::kNone;  // of `value`; kNone: a number in the unit that the source writes
  bool off = false;  // never triggers, and silences the limit that the source brings along

  std::string_view name() const {
    return measurement->open ? std::string_view(open_name) : measurement->name;
  }
  bool operator==(const Limit&) const = default;
};

// The limits that hold for a check, and, whole, for each item that has its own.
struct LimitSet {
  std::vector<Limit> check;
  std::map<std::string, std::vector<Limit>, std::less<>> items;

  const std::vector<Limit>& for_item(std::string_view item) const;
};

// Makes `outcome` a warn or fail by `threshold` where a measurement breaks a limit; the worst
// breach names itself in the message. An outcome that is already as bad is left alone, and so is
// an unknown one: what was not seen cannot break a limit.
void apply_limits(const std::vector<Limit>& limits, const std::vector<Measurement>& measurements,
                  Outcome& outcome);

// Makes a pass unknown by `missing` where a limit that was asked for is about a measurement that
// the run did not report: nobody else would notice that the limit watches nothing. One of the check
// may be about its items, and then one of them must have it. The duration is always there.
void require_measurements(const LimitSet& limits, CheckResult& result);

}  // namespace hale::monitor
