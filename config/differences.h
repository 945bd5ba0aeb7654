// How one printed configuration (print()) differs from another. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hale::config {

// One line for each table or key that only one of them has, or that differs, in the order of the
// text: "+ checks.new", "- checks.old", `~ checks.db.port: 5432 -> 5433`. A secret is masked in
// both, so that a change of it does not show.
std::vector<std::string> differences(std::string_view from, std::string_view to);

}  // namespace hale::config
