#include "config/values.h"

#include "monitor/check_settings.h"

namespace hale::config {

using monitor::Threshold;

Parsed<Threshold> parse_threshold(std::string_view text) {
  const std::unexpected<std::string> wrong(
      R"(is not a number of results (write 3, or "3/5" for three of the last five))");
  const std::size_t slash = text.find('/');
  const Parsed<std::int64_t> count = parse_integer(text.substr(0, slash));
  if (!count) {
    return wrong;
  }
  std::int64_t of = *count;
  if (slash != std::string_view::npos) {
    const Parsed<std::int64_t> last = parse_integer(text.substr(slash + 1));
    if (!last) {
      return wrong;
    }
    of = *last;
  }
  if (*count < 1 || of < *count || of > 64) {
    return std::unexpected(R"(is out of range (write 3, or "3/5": at least 1, of at most 64))");
  }
  return Threshold{.count = static_cast<int>(*count), .of = static_cast<int>(of)};
}

std::string to_text(const Threshold& threshold) {
  std::string text = std::to_string(threshold.count);
  return threshold.of == threshold.count ? text : text + "/" + std::to_string(threshold.of);
}

}  // namespace hale::config
