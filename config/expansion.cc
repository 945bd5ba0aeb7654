#include "config/expansion.h"

#include <algorithm>

#include "monitor/listen_address.h"
#include "monitor/utf8.h"

namespace hale::config {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kOwnHost = "hale.host";
constexpr std::string_view kOwnPort = "hale.port";

bool is_variable_name(std::string_view name) {
  const auto letter = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char character) {
           return letter(character) || (character >= '0' && character <= '9');
         });
}

Parsed<std::string> own_value(std::string_view name, const Environment& environment) {
  if (name != kOwnHost && name != kOwnPort) {
    return std::unexpected("only ${hale.host} and ${hale.port} are known of hale itself");
  }
  if (!environment.own_listener) {
    return std::unexpected("${" + std::string(name) +
                           "} has no value here: it stands for the first address and port in "
                           "[http] listen");
  }
  const auto endpoint = monitor::reachable(*environment.own_listener);
  return name == kOwnHost ? endpoint.address().to_string() : std::to_string(endpoint.port());
}

// What stands for `${expression}`.
Parsed<std::string> evaluate(std::string_view expression, const Environment& environment) {
  if (expression.starts_with("hale.")) {
    return own_value(expression, environment);
  }
  const std::size_t separator = expression.find(":-");
  const std::string_view name = expression.substr(0, separator);
  if (!is_variable_name(name)) {
    // What stands there may be part of a secret: it is not shown.
    return std::unexpected(
        "\"${...}\" does not hold the name of a variable (write ${NAME} or ${NAME:-default}; $${ "
        "is "
        "a literal ${)");
  }
  std::optional<std::string> value;
  if (environment.variable) {
    value = environment.variable(name);
  }
  if (separator != std::string_view::npos && (!value || value->empty())) {
    return std::string(expression.substr(separator + 2));
  }
  if (!value) {
    return std::unexpected("the environment variable " + std::string(name) +
                           " is not set (set it, or write ${" + std::string(name) + ":-default})");
  }
  if (!monitor::is_utf8(*value)) {  // it goes into JSON, metrics and logs
    return std::unexpected("the environment variable " + std::string(name) + " is not UTF-8");
  }
  return *std::move(value);
}

}  // namespace

Parsed<Expanded> expand(std::string_view text, const Environment& environment) {
  Expanded out;
  while (true) {
    const std::size_t open = text.find(kOpen);
    if (open == std::string_view::npos) {
      out.text += text;
      return out;
    }
    out.text += text.substr(0, open);
    if (open > 0 && text[open - 1] == '$') {
      out.text += '{';  // the second $ is already there as the first one
      text.remove_prefix(open + kOpen.size());
      continue;
    }
    text.remove_prefix(open + kOpen.size());
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) {
      return std::unexpected("\"${\" without \"}\" (write ${NAME}; $${ is a literal ${)");
    }
    const std::string_view expression = text.substr(0, close);
    Parsed<std::string> value = evaluate(expression, environment);
    if (!value) {
      return std::unexpected(std::move(value.error()));
    }
    const bool own_port = expression == kOwnPort && environment.own_listener.has_value();
    out.port_unknown |= own_port && environment.own_listener.value().port() == 0;
    out.text += *value;
    out.substituted = true;
    text.remove_prefix(close + 1);
  }
}

std::string escape_expansion(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text.substr(i).starts_with(kOpen)) {
      out += '$';
    }
  }
  return out;
}

}  // namespace hale::config
