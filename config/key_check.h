// Whether the keys of a table are known, built, and allowed where they stand.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/keys.h"
#include "config/reader.h"
#include "monitor/check_registry.h"

namespace hale::config {

// For a table whose keys are all declared in `keys`.
void check_plain_keys(const Node& table, std::span<const KeySpec> keys, Problems& problems);

// For a table with keys of checks. `type`: the check's type; null where it is not known, and then
// keys that are not common to all checks are not judged. `typed`: false where the check does not
// even say its type, and then slips of common keys are found all the same.
void check_own_keys(const Node& table, Places place, const monitor::CheckDescriptor* type,
                    bool typed, Problems& problems);

// For a template, by itself: its keys must be known to some type, and the values of the common ones
// must be right, whether or not a check uses it.
void check_template(const Node& table, const monitor::CheckRegistry& registry, Reader& reader);

// For a template as used by a check of `type`: keys that belong to other types only.
void check_template_use(const Node& table, const monitor::CheckDescriptor& type,
                        const monitor::CheckRegistry& registry, Problems& problems);

// For [defaults] and [groups.NAME]: the keys of checks among its keys, and their values.
// `own_keys`: the table's other keys.
void check_inherited_keys(const Node& table, Places place, std::span<const KeySpec> own_keys,
                          Reader& reader);

}  // namespace hale::config
