// The typed values of a check type's own keys, as handed to its factory. Config fills in every key
// that the descriptor declares, with its default where the user said nothing; a key without a
// default that the user left out is absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "monitor/time.h"

namespace hale::monitor {

// A value that must appear nowhere: not in logs, API, printed configuration, errors or labels.
struct Secret {
  std::string value;
  bool operator==(const Secret&) const = default;
};

// A value that may be a secret: a header, an argument, an entry of an environment. Where it is one,
// what holds for Secret holds for it.
struct Text {
  std::string value;
  bool secret = false;
  std::string_view shown() const { return secret ? "***" : std::string_view(value); }
  bool operator==(const Text&) const = default;
};
using TextList = std::vector<Text>;
using TextMap = std::vector<std::pair<std::string, Text>>;  // in the order of the configuration

class Parameters;
using ParameterValue =
    std::variant<bool, std::int64_t, Duration, std::string, std::vector<std::string>, Secret,
                 TextList, TextMap, std::vector<Parameters>>;

class Parameters {
 public:
  void set(std::string key, ParameterValue value);
  const ParameterValue* find(std::string_view key) const;  // null when absent
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // For keys that the descriptor declares required or with a default; asking for another key or
  // another type is a bug in the check.
  bool boolean(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  Duration duration(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  const std::vector<std::string>& list(std::string_view key) const;
  const Secret& secret(std::string_view key) const;
  const TextList& texts(std::string_view key) const;
  const TextMap& map(std::string_view key) const;
  const Parameters& table(std::string_view key) const;
  const std::vector<Parameters>& tables(std::string_view key) const;

  const std::map<std::string, ParameterValue, std::less<>>& all() const { return values_; }
  bool operator==(const Parameters&) const = default;

 private:
  template <class T>
  const T& get(std::string_view key) const;

  std::map<std::string, ParameterValue, std::less<>> values_;
};

}  // namespace hale::monitor
