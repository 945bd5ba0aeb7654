#include "checks/http/status_ranges.h"

#include <algorithm>
#include <charconv>
#include <expected>
#include <optional>
#include <system_error>

namespace hale::checks::http {
namespace {

constexpr int kLeast = 100;  // RFC 9110, section 15: three digits
constexpr int kMost = 999;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<int> to_status(std::string_view text) {
  int status = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), status);
  if (error != std::errc() || end != text.end() || status < kLeast || status > kMost) {
    return std::nullopt;
  }
  return status;
}

}  // namespace

monitor::Parsed<StatusRanges> StatusRanges::parse(std::string_view text) {
  StatusRanges parsed;
  parsed.text_ = text;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view part = trimmed(text.substr(begin, comma - begin));
    const std::size_t dash = part.find('-');
    const auto first = to_status(trimmed(part.substr(0, dash)));
    const auto last =
        dash == std::string_view::npos ? first : to_status(trimmed(part.substr(dash + 1)));
    if (!first || !last || *first > *last) {
      return std::unexpected(
          std::string(" is not a list of HTTP status codes (write \"200\", \"200-299,301\")"));
    }
    parsed.ranges_.emplace_back(*first, *last);
    begin = comma + 1;
  }
  return parsed;
}

bool StatusRanges::contains(int status) const {
  return std::ranges::any_of(ranges_, [status](const std::pair<int, int>& range) {
    return range.first <= status && status <= range.second;
  });
}

}  // namespace hale::checks::http
