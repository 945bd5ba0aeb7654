// Every key of the configuration that does not belong to one check type, declared once, as data.
// Parsing, defaults, ranges, suggestions, `hale validate --print` and `hale schema` derive from
// these tables. The keys of a check type are declared in its CheckDescriptor.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "monitor/time.h"

namespace hale::config {

enum class Kind : std::uint8_t {
  kBoolean,
  kInteger,
  kDuration,
  kText,
  kTextOrList,
  kTextList,
  kThreshold,
  kSeverity,
  kLabels,
  kLimits,  // a table from measurement to limit
  kItems,   // a table from item to a table with `warn` and `fail`
  kEach,    // a table from name to a table of keys
  kShare,   // "99.9%", above 0 % and below 100 %
  kSlo,     // a table with slo_keys()
  kSlos,    // a table from name to such a table
};

// Which tables may hold a key of a check: bits.
using Places = std::uint8_t;
inline constexpr Places kInCheck = 1;     // [checks.NAME]
inline constexpr Places kInEach = 2;      // [checks.NAME.each.KEY]
inline constexpr Places kInTemplate = 4;  // [templates.NAME]
inline constexpr Places kInGroup = 8;     // [groups.NAME], for its checks
inline constexpr Places kInDefaults = 16;

struct KeySpec {
  std::string_view name;
  Kind kind = Kind::kText;
  std::string_view help = {};
  // As the value's text, without quotes; empty: none, or `help` says how it is computed.
  std::string_view default_text = {};
  bool built = true;         // false: known from the contract with users, refused until it works
  Places places = 0;         // of a check's key
  std::int64_t minimum = 0;  // of an integer
  std::int64_t maximum = 0;
  monitor::Duration shortest{};  // of a duration
  monitor::Duration longest{};
};

enum class Shape : std::uint8_t {
  kKey,         // include = [...]
  kTable,       // [agent]
  kNamedTables  // [checks.NAME]
};

struct SectionSpec {
  std::string_view name;
  Shape shape = Shape::kTable;
  std::string_view help = {};
  bool built = true;
};

std::span<const SectionSpec> sections();
std::span<const KeySpec> agent_keys();
std::span<const KeySpec> http_keys();
std::span<const KeySpec> metrics_keys();
std::span<const KeySpec> systemd_keys();
std::span<const KeySpec> statsd_keys();
std::span<const KeySpec> operations_keys();
std::span<const KeySpec> group_keys();  // a group's own; its checks' are check_keys() with kInGroup
std::span<const KeySpec> check_keys();
std::span<const KeySpec> slo_keys();  // of `slo` in a check

const KeySpec* find_key(std::span<const KeySpec> keys, std::string_view name);
const SectionSpec* find_section(std::string_view name);

// A key of check_keys() that is known to exist.
const KeySpec& check_key(std::string_view name);

// Whether a key of check_keys() says how a check is run: it has no meaning where one is reported
// to.
bool is_about_runs(std::string_view name);

// Check types that the contract with users names and that are not built.
std::span<const std::string_view> planned_types();

inline constexpr std::string_view kSeverities[] = {"page", "ticket", "info"};

// Names of checks, groups and templates: [A-Za-z0-9][A-Za-z0-9_-]{0,63}.
inline constexpr std::string_view kNamePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
bool is_name(std::string_view text);

}  // namespace hale::config
