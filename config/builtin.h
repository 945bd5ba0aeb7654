// The embedded default, config/builtin_host.toml, as text. Any thread.
#pragma once

#include <string_view>

namespace hale::config {

std::string_view builtin_host_text();

}  // namespace hale::config
