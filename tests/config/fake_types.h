// Check types for tests of the configuration: one with a key of every type, one without keys that
// looks at one thing only, one that pins what it can.
#pragma once

#include <memory>
#include <string>

#include "monitor/check.h"
#include "monitor/check_registry.h"

namespace hale::config {

class FakeCheck final : public monitor::Check {
 public:
  explicit FakeCheck(std::string target) : target_(std::move(target)) {}
  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& /*context*/) override {
    monitor::CheckResult result;
    co_return result;
  }

 private:
  std::string target_;
};

// Refuses one combination of keys, as real types do.
inline std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make_probe(
    const monitor::Parameters& parameters) {
  if (parameters.text("host") == "elsewhere" && parameters.boolean("local")) {
    return std::unexpected(
        monitor::ParameterError{"local", "cannot be true with host \"elsewhere\" (leave it out)"});
  }
  return std::make_unique<FakeCheck>(parameters.text("host") + ":" +
                                     std::to_string(parameters.integer("port")));
}

inline std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make_plain(
    const monitor::Parameters& /*parameters*/) {
  return std::make_unique<FakeCheck>("here");
}

inline monitor::CheckDescriptor describe_probe() {
  using monitor::Bad;
  using monitor::KeyType;
  using monitor::Result;
  using monitor::Unit;
  monitor::CheckDescriptor type;
  type.name = "probe";
  type.summary = "A type with a key of every type.";
  type.item_label = "mount";
  type.keys = {
      {.name = "host", .type = KeyType::kString, .help = "Whom to ask.", .required = true},
      {.name = "port",
       .type = KeyType::kInteger,
       .help = "Where.",
       .default_value = std::int64_t{80},
       .minimum = 1,
       .maximum = 65535},
      {.name = "local", .type = KeyType::kBoolean, .help = "Near?", .default_value = false},
      {.name = "grace",
       .type = KeyType::kDuration,
       .help = "How patient.",
       .default_value = monitor::Duration(std::chrono::seconds(1))},
      {.name = "paths", .type = KeyType::kStringList, .help = "What."},
      {.name = "password", .type = KeyType::kString, .help = "Sesame.", .secret = true},
  };
  type.measurements = {
      {.name = "free",
       .metric = "free_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kLow,
       .has_total = true,
       .help = "Room."},
      {.name = "busy", .metric = "busy_ratio", .unit = Unit::kRatio, .help = "Share of time."},
      {.name = "users", .metric = "users", .help = "How many."},
      {.name = "readonly", .metric = "readonly", .help = "1 if so."},
      {.name = "sent", .metric = "sent_bytes", .unit = Unit::kBytes, .help = "Traffic."},
      {.name = "age", .metric = "age_seconds", .unit = Unit::kSeconds, .help = "How old."},
  };
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "free", .text = "10%"},
      {.severity = Result::kFail, .measurement = "readonly", .text = "true"},
  };
  type.make = &make_probe;
  return type;
}

inline monitor::CheckDescriptor describe_plain() {
  monitor::CheckDescriptor type;
  type.name = "plain";
  type.summary = "A type without keys.";
  type.make = &make_plain;
  return type;
}

inline monitor::CheckDescriptor describe_pinned() {
  monitor::CheckDescriptor type;
  type.name = "pinned";
  type.summary = "A type with defaults of its own.";
  type.pinned = {.interval = "1m", .timeout = "20s", .fall = "1", .rise = "2/3"};
  type.make = &make_plain;
  return type;
}

// As far as tests of the configuration need the real one.
inline monitor::CheckDescriptor describe_tcp() {
  monitor::CheckDescriptor type = describe_probe();
  type.name = "tcp";
  type.summary = "A type of that name.";
  type.item_label = "";
  return type;
}

inline const monitor::CheckRegistry& fake_registry() {
  static const monitor::CheckDescriptor kProbe = describe_probe();
  static const monitor::CheckDescriptor kPlain = describe_plain();
  static const monitor::CheckDescriptor kPinned = describe_pinned();
  static const monitor::CheckDescriptor kTcp = describe_tcp();
  static const monitor::CheckRegistry kRegistry = [] {
    monitor::CheckRegistry registry;
    registry.add(kProbe);
    registry.add(kPlain);
    registry.add(kPinned);
    registry.add(kTcp);
    return registry;
  }();
  return kRegistry;
}

}  // namespace hale::config
