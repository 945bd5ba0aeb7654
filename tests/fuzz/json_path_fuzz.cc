// JSON paths, conditions and documents. The input's first line is a path, its second a condition,
// the rest the document.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checks/http/json_document.h"
#include "checks/http/json_path.h"
#include "monitor/assert.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hale::checks::http;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = JsonPath::parse(take_line(text));
  const auto condition = JsonCondition::parse(take_line(text));
  const auto root = JsonPath::parse("$");
  if (!path) {
    return 0;
  }
  const auto values = read_json(text, {*path, *root});
  if (!values) {
    return 0;
  }
  HALE_ASSERT(values->size() == 2);
  HALE_ASSERT((*values)[1].kind != JsonValue::Kind::kMissing);
  HALE_ASSERT((*values)[0].shown().size() < 1000);
  if (condition) {
    HALE_ASSERT(!condition->holds(JsonValue()));
    (void)condition->holds((*values)[0]);
  }
  return 0;
}
