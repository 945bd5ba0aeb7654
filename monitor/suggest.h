// "did you mean ...?": the candidate that a mistyped name was most likely meant to be. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hale::monitor {

// The nearest candidate by optimal string alignment distance (insert, delete, replace, swap two
// neighbours; case does not count), the first of equals. Absent where nothing is near: at most a
// third of the letters and at most three may differ, so that no far-fetched guess misleads anyone.
std::optional<std::string> closest(std::string_view name, std::span<const std::string> candidates);
std::optional<std::string> closest(std::string_view name,
                                   std::span<const std::string_view> candidates);

}  // namespace hale::monitor
