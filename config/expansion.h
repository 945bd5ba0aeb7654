// `${NAME}` and `${NAME:-default}` in the strings of the configuration.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <asio/ip/tcp.hpp>

#include "config/values.h"

namespace hale::config {

struct Environment {
  // The value of an environment variable; absent: not set. May be empty: nothing is set.
  std::function<std::optional<std::string>(std::string_view)> variable;
  // What `${hale.host}` and `${hale.port}` stand for; absent while that is not known. Port 0: the
  // kernel has yet to choose it, or the agent listens on Unix sockets only.
  std::optional<asio::ip::tcp::endpoint> own_listener;
};

struct Expanded {
  std::string text;
  bool substituted = false;  // something came in, so the text is converted to the key's type
  // `${hale.port}` where there is no port (yet): `text` is of no use.
  bool port_unknown = false;
};

// `$${` is a literal `${`. As in a shell, `:-` stands in for a variable that is not set or empty.
// An error says what is wrong and never shows a value.
Parsed<Expanded> expand(std::string_view text, const Environment& environment);

// The text that expands to `text`.
std::string escape_expansion(std::string_view text);

}  // namespace hale::config
