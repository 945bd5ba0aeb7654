// What one run of a check reports: values only, no judgement beyond "what happened". Limits,
// hysteresis and status are the engine's business (monitor/health).
//
// The words (result, reason, phase) are closed lists and part of the contract with users.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/finding.h"
#include "monitor/time.h"

namespace hale::monitor {

enum class Result : std::uint8_t { kPass, kWarn, kFail, kUnknown };
inline constexpr int kResultCount = 4;

enum class Reason : std::uint8_t {
  kNone,
  kTimeout,
  kDns,
  kRefused,
  kReset,
  kUnreachable,
  kTls,
  kCertificate,
  kProtocol,
  kStatus,
  kValidation,
  kThreshold,
  kAuth,
  kRateLimited,
  kQuota,
  kOverloaded,
  kMissing,
  kConflict,
  kStuck,
  kUnsupported,
  kPermission,
  kAgent,
  kInternal,
};
inline constexpr int kReasonCount = 23;

enum class Phase : std::uint8_t {
  kNone,
  kResolve,
  kConnect,
  kTls,
  kSend,
  kFirstByte,
  kTransfer,
  kAuth,
  kQuery,
  kSpawn,
  kRun,
  kEvaluate,
};
inline constexpr int kPhaseCount = 12;

// The word that users see. kNone is the empty string.
std::string_view to_string(Result result);
std::string_view to_string(Reason reason);
std::string_view to_string(Phase phase);

// Of several results the worst counts: fail, unknown, warn, pass.
Result worst(Result a, Result b);

using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Unit : std::uint8_t { kNone, kSeconds, kBytes, kRatio };

// Values that raise an alarm: those outside [low, high], or, where `inside`, those within it.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool inside = false;
  bool alarms(double value) const { return (value >= low && value <= high) == inside; }
  bool operator==(const Range&) const = default;
};

// What an open measurement says about itself, since no descriptor knows its name: see
// MeasurementDescriptor::open.
struct OpenMeasurement {
  Unit unit = Unit::kNone;
  double scale = 1;  // the source's own unit in base units: 0.001 where it writes milliseconds
  // Limits that the source brings along, in base units; a user's limit replaces them.
  std::optional<Range> warn = std::nullopt;
  std::optional<Range> fail = std::nullopt;
};

// One number that a run read, in base units (seconds, bytes, shares as 0..1). `name` is declared in
// the check's descriptor, which knows its unit, unless it is open.
struct Measurement {
  std::string name;
  double value = 0;
  // What a share ("10%") of this measurement is a share of, in the same unit; absent where shares
  // make no sense.
  std::optional<double> total = std::nullopt;
  Labels labels = {};
  std::optional<OpenMeasurement> open = std::nullopt;
};

// How a run ended, for the check as a whole or for one item.
struct Outcome {
  Result result = Result::kPass;
  Reason reason = Reason::kNone;  // kNone exactly when result is kPass
  Phase phase = Phase::kNone;
  std::string code;     // open list, for machines: "ECONNREFUSED", "503"; may be empty
  std::string message;  // one line for people, never secret

  static Outcome pass(std::string message);
  static Outcome warn(Reason reason, Phase phase, std::string message, std::string code = "");
  static Outcome fail(Reason reason, Phase phase, std::string message, std::string code = "");
  static Outcome unknown(Reason reason, Phase phase, std::string message, std::string code = "");
};

// One of the things that a check looks at, where it looks at many: a mount, a unit, a GPU.
struct ItemResult {
  std::string name;  // unique within the check
  Outcome outcome;
  std::vector<Measurement> measurements;
};

struct PhaseTime {
  Phase phase = Phase::kNone;
  Duration duration{};
};

// `outcome` is about the look itself; items carry their own. While `outcome` passes, `items` is
// complete: an item that is not listed any more no longer exists.
struct CheckResult {
  Outcome outcome;
  std::vector<Measurement> measurements;
  std::vector<ItemResult> items;
  // What the check concludes now. Complete unless `outcome` is unknown: one that is not listed any
  // more is resolved.
  std::vector<Finding> findings;
  std::vector<PhaseTime> phases;  // filled by the engine from RunContext::enter
  std::string peer;               // whom the run talked to, "127.0.0.1:8080"; may be empty
  std::string excerpt;            // of an answer that was not the expected one: its head, as text
};

}  // namespace hale::monitor
