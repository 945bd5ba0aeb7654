// What a check type's descriptor says, in words: the rows that `hale types` prints, as a table or
// as Markdown. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "monitor/check_descriptor.h"

namespace hale::cli {

std::string_view name_of(monitor::KeyType type);
std::string_view name_of(monitor::Unit unit);

// As TOML: "250ms" with its quotation marks. Empty where the key has no default that can be shown.
std::string default_of(const monitor::KeyDescriptor& key);

struct KeyText {
  std::string name;  // with the table that it stands in: "tls.verify", "dialogue[].send"
  std::string type;
  std::string default_value;  // as default_of()
  bool required = false;
  std::string help;  // with the choices and the range
};

struct MeasurementText {
  std::string name;
  bool open = false;  // stands for all whose names only a run knows
  std::string unit;
  std::string_view bad;
  std::string limits;  // "warn 10%, fail 3%"; empty: none by default
  std::string metric;
  std::string_view help;
};

// A table first, then its keys.
std::vector<KeyText> keys_of(const monitor::CheckDescriptor& type);

// The type's own, then the duration that every type has.
std::vector<MeasurementText> measurements_of(const monitor::CheckDescriptor& type);

std::vector<std::string_view> reasons_of(const monitor::CheckDescriptor& type);

// What the type pins against `[defaults]`, in the syntax of the configuration: "interval = \"5m\"".
std::vector<std::string> pinned_of(const monitor::CheckDescriptor& type);

}  // namespace hale::cli
