// Reads a JSON document once, as a stream, and tells what stands at given paths. Nothing but the
// values asked for is kept, so a hostile document costs its own size and no more. Pure.
//
// The document is judged strictly (RFC 8259): one value, UTF-8, nothing after it. Of a member that
// occurs twice the last one counts.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "checks/http/json_path.h"

namespace hale::checks::http {

inline constexpr std::size_t kDeepestJson = 256;  // arrays and objects within each other

// One value for each path, in their order; kMissing where there is none. An error continues "the
// body": " is not JSON: ...".
std::expected<std::vector<JsonValue>, std::string> read_json(std::string_view document,
                                                             const std::vector<JsonPath>& paths);

}  // namespace hale::checks::http
