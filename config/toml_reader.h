// Text to tree. The one place that knows the TOML library.
#pragma once

#include <expected>
#include <string_view>

#include "config/document.h"
#include "config/text_scan.h"

namespace hale::config {

// Scans, then parses. `source` must outlive the tree. Without nesting the tree is at most
// kMaxNesting * kMaxKeyParts deep.
std::expected<Tree, TextError> read_toml(std::string_view text, const Source& source);

}  // namespace hale::config
