// A check type, declared once, as data. Parsing, defaults, validation with line and column,
// `hale types`, the JSON Schema and the HELP lines of its metrics are all derived from it.
// Descriptors have static storage duration.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/parameters.h"

namespace hale::monitor {

class Check;

enum class KeyType : std::uint8_t {
  kBoolean,     // bool
  kInteger,     // std::int64_t
  kDuration,    // Duration
  kSize,        // std::int64_t, in bytes
  kString,      // std::string; Secret where `secret`
  kPath,        // std::string; absolute, a relative one was taken from its configuration's folder
  kChoice,      // std::string, one of `choices`
  kStringList,  // std::vector<std::string>; TextList where `secret`
  kMap,         // TextMap: a table with names that the user chooses
  kTable,       // std::vector<Parameters> with one element: a table with the keys `keys`
  kTableList,   // std::vector<Parameters>: a list of such tables
};

// One key of a check type's table in the configuration.
struct KeyDescriptor {
  std::string_view name;
  KeyType type = KeyType::kString;
  std::string_view help;
  bool required = false;
  std::optional<ParameterValue> default_value = std::nullopt;
  std::optional<std::int64_t> minimum = std::nullopt;  // of an integer or a size
  std::optional<std::int64_t> maximum = std::nullopt;
  // The value may be `{ file = "x" }`. A kString arrives as a Secret; of a list or a map, elements
  // that came from a file or in which something was substituted are secret.
  bool secret = false;
  std::vector<std::string_view> choices = {};
  // Of a kTable or kTableList. A table that the user leaves out is there all the same, with its
  // defaults, unless one of its keys is required.
  std::vector<KeyDescriptor> keys = {};
};

enum class Bad : std::uint8_t { kHigh, kLow };  // which direction is bad

struct MeasurementDescriptor {
  std::string_view name;    // in limits and JSON: "free"
  std::string_view metric;  // without the prefix "hale_": "disk_free_bytes"
  Unit unit = Unit::kNone;
  Bad bad = Bad::kHigh;
  bool has_total = false;  // a limit may be a share: "10%"
  // Seconds until a point in time, seen from the run; `metric` is that point, to the second, which
  // does not change from scrape to scrape.
  bool is_remaining = false;
  // Stands for all measurements whose names and units only a run knows, as the performance data of
  // a plugin. They are samples of this one's metric, told apart by the labels `name` and `unit`;
  // any name in a limit that no other descriptor declares is one of them. One a type at most.
  bool open = false;
  // Where it breaks a limit, the message goes on with what the run said: the number alone names no
  // cause.
  bool needs_words = false;
  std::string_view help;
};

// The type's own limit, in the syntax of the configuration; a user's limit on the same measurement
// and severity replaces it.
struct DefaultLimit {
  Result severity = Result::kWarn;  // kWarn or kFail
  std::string_view measurement;
  std::string_view text;
};

// One kind of finding that a type can conclude.
struct FindingKind {
  std::string_view name;  // "port_conflict"
  std::string_view help;
};

// What the type pins instead of `[defaults]`, in the syntax of the configuration; empty: not
// pinned.
struct PinnedDefaults {
  std::string_view interval = {};
  std::string_view timeout = {};
  std::string_view fall = {};
  std::string_view rise = {};
};

// A combination of keys that no single key's type or range can rule out.
struct ParameterError {
  std::string key;      // "port"; "expect.body_regex" of a table; "dialogue[1].expect" of a list
  std::string message;  // continues `WHERE.key: `
};

using CheckFactory =
    std::expected<std::unique_ptr<Check>, ParameterError> (*)(const Parameters& parameters);

struct CheckDescriptor {
  std::string_view name;             // "tcp"
  std::string_view summary;          // one line
  std::string_view item_label = {};  // the label that names an item, "mount"; empty: no items
  std::vector<KeyDescriptor> keys;
  std::vector<MeasurementDescriptor> measurements;
  std::vector<DefaultLimit> default_limits;
  std::vector<FindingKind> findings = {};
  PinnedDefaults pinned;
  std::vector<Reason> reasons;  // that this type can report by itself
  std::string_view example;     // TOML, a whole [checks.NAME] table
  CheckFactory make = nullptr;
  bool passive = false;  // its checks are reported to and do not run; see Check::passive()

  const MeasurementDescriptor* measurement(std::string_view measurement_name) const;  // or null
  const MeasurementDescriptor* open_measurement() const;                              // or null
};

// Every run of every type has this measurement, taken by the engine: limits may name it.
const MeasurementDescriptor& duration_measurement();

}  // namespace hale::monitor
