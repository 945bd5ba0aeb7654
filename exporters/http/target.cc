#include "exporters/http/target.h"

#include <algorithm>
#include <charconv>

#include "monitor/suggest.h"

namespace hale::exporters {
namespace {

constexpr std::size_t kMaxParameters = 16;

ApiError bad_request(std::string message) {
  return {400, "bad_request", std::move(message)};
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char folded = static_cast<char>(c | 0x20);
  if (folded >= 'a' && folded <= 'f') {
    return folded - 'a' + 10;
  }
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) {
        return std::nullopt;
      }
      decoded += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// A proxy's form of the target, "http://host/path", names the same path.
std::string_view without_authority(std::string_view target) {
  if (!target.starts_with("http://")) {
    return target;
  }
  target.remove_prefix(std::string_view("http://").size());
  const std::size_t path = target.find_first_of("/?");
  return path == std::string_view::npos ? "/" : target.substr(path);
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(parameter.size() + 1, text.size()));
    if (parameter.empty()) {
      continue;
    }
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    auto name = percent_decoded(parameter.substr(0, equals), true);
    auto value = percent_decoded(parameter.substr(std::min(equals + 1, parameter.size())), true);
    if (!name || !value) {
      return std::unexpected(bad_request("the query holds a % that no two hex digits follow"));
    }
    if (query.size() == kMaxParameters) {
      return std::unexpected(bad_request("too many parameters"));
    }
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  text = without_authority(text);
  text = text.substr(0, text.find('#'));
  const std::size_t question = std::min(text.find('?'), text.size());
  Target target;
  target.path = text.substr(0, question);
  if (target.path.empty() || target.path.front() != '/') {
    return std::unexpected(bad_request("the path must begin with a slash"));
  }
  std::string_view rest = std::string_view(target.path).substr(1);
  while (true) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    auto decoded = percent_decoded(segment, false);
    if (!decoded) {
      return std::unexpected(bad_request("the path holds a % that no two hex digits follow"));
    }
    target.segments.push_back(std::move(*decoded));
    if (segment.size() == rest.size()) {
      break;
    }
    rest.remove_prefix(segment.size() + 1);
  }
  auto query = parse_query(text.substr(std::min(question + 1, text.size())));
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  target.query = std::move(*query);
  return target;
}

Result<Query> Query::of(const Target& target, std::span<const std::string_view> known) {
  for (std::size_t i = 0; i < target.query.size(); ++i) {
    const std::string& name = target.query[i].first;
    if (std::ranges::find(known, name) == known.end()) {
      std::string message = "unknown parameter \"" + name + "\"" + did_you_mean(name, known);
      if (known.empty()) {
        message += "; " + target.path + " takes none";
      }
      return std::unexpected(bad_request(std::move(message)));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (target.query[j].first == name) {
        return std::unexpected(bad_request("the parameter \"" + name + "\" is given twice"));
      }
    }
  }
  return Query(target);
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [key, value] : target_.query) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

Result<bool> Query::flag(std::string_view name) const {
  const std::string* value = find(name);
  if (value == nullptr) {
    return false;
  }
  if (value->empty() || *value == "true" || *value == "1") {
    return true;
  }
  if (*value == "false" || *value == "0") {
    return false;
  }
  return std::unexpected(
      bad_request("the parameter \"" + std::string(name) + "\" takes no value but true or false"));
}

Result<std::optional<bool>> Query::boolean(std::string_view name) const {
  const std::string* value = find(name);
  if (value == nullptr) {
    return std::optional<bool>();
  }
  if (*value == "true" || *value == "false") {
    return std::optional<bool>(*value == "true");
  }
  return std::unexpected(
      bad_request("the parameter \"" + std::string(name) + "\" is either true or false"));
}

Result<std::uint64_t> Query::number(std::string_view name, std::uint64_t fallback,
                                    std::uint64_t minimum, std::uint64_t maximum) const {
  const std::string* text = find(name);
  if (text == nullptr) {
    return fallback;
  }
  std::uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, value);
  if (text->empty() || error != std::errc() || parsed != end || value < minimum ||
      value > maximum) {
    return std::unexpected(bad_request("the parameter \"" + std::string(name) +
                                       "\" is a number from " + std::to_string(minimum) + " to " +
                                       std::to_string(maximum)));
  }
  return value;
}

std::vector<std::string> Query::list(std::string_view name) const {
  const std::string* text = find(name);
  std::vector<std::string> values;
  if (text == nullptr) {
    return values;
  }
  std::string_view rest = *text;
  while (true) {
    const std::string_view value = rest.substr(0, rest.find(','));
    values.emplace_back(value);
    if (value.size() == rest.size()) {
      return values;
    }
    rest.remove_prefix(value.size() + 1);
  }
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::optional<std::string> near = monitor::closest(name, candidates);
  return near ? "; did you mean \"" + *near + "\"?" : "";
}

}  // namespace hale::exporters
