// Base64 (RFC 4648 section 4). Pure.
#pragma once

#include <string>
#include <string_view>

namespace hale::checks {

std::string base64(std::string_view data);

}  // namespace hale::checks
