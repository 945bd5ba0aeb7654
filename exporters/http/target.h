// A request's target taken apart: path and query, percent-decoded (RFC 3986; in the query a plus is
// a space, as forms send it). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/http/message.h"

namespace hale::exporters {

struct Target {
  std::string path;                   // as sent, without the query; for messages
  std::vector<std::string> segments;  // of "/api/v1/status": api, v1, status
  std::vector<std::pair<std::string, std::string>> query;
};

Result<Target> parse_target(std::string_view target);

// The parameters of a request, of which only the known ones may be there, each at most once.
class Query {
 public:
  // The target must outlive it.
  static Result<Query> of(const Target& target, std::span<const std::string_view> known);

  const std::string* find(std::string_view name) const;  // null when absent

  Result<bool> flag(std::string_view name) const;  // "?name", "?name=true", "?name=1"
  Result<std::optional<bool>> boolean(std::string_view name) const;  // "true" or "false"
  Result<std::uint64_t> number(std::string_view name, std::uint64_t fallback, std::uint64_t minimum,
                               std::uint64_t maximum) const;
  std::vector<std::string> list(std::string_view name) const;  // "a,b"; empty when absent

 private:
  explicit Query(const Target& target) : target_(target) {}

  const Target& target_;
};

// `; did you mean "web"?`, or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace hale::exporters
