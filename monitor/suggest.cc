#include "monitor/suggest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace hale::monitor {
namespace {

// Nobody mistypes a name of this length by a letter; it also bounds the work that a stranger's
// request can cause.
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kMostTypos = 3;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// One row of the table of distances between prefixes; none exceeds kLongestName.
using Row = std::array<std::uint8_t, kLongestName + 1>;

// Optimal string alignment with three rows at a time, or nothing as soon as it is known to exceed
// `allowed`. Both names are at most kLongestName long.
std::optional<std::size_t> distance(std::string_view a, std::string_view b, std::size_t allowed) {
  std::array<Row, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) {
    rows[0][j] = static_cast<std::uint8_t>(j);
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const Row& before_previous = rows[(i + 1) % 3];
    const Row& previous = rows[(i - 1) % 3];
    Row& current = rows[i % 3];
    current[0] = static_cast<std::uint8_t>(i);
    int best = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      int cell = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + replace});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        cell = std::min(cell, before_previous[j - 2] + 1);
      }
      current[j] = static_cast<std::uint8_t>(cell);
      best = std::min(best, cell);
    }
    // A later row can fall below the smallest of this one by a swap only, which costs one.
    if (static_cast<std::size_t>(best) > allowed + 1) {
      return std::nullopt;
    }
  }
  const std::size_t result = rows[a.size() % 3][b.size()];
  return result <= allowed ? std::optional(result) : std::nullopt;
}

template <class Candidate>
std::optional<std::string> nearest(std::string_view name, std::span<const Candidate> candidates) {
  if (name.size() > kLongestName) {
    return std::nullopt;
  }
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const Candidate& entry : candidates) {
    const std::string_view candidate = entry;
    const std::size_t longer = std::max(name.size(), candidate.size());
    const std::size_t shorter = std::min(name.size(), candidate.size());
    const std::size_t allowed = std::min(longer / 3, kMostTypos);
    // The difference in length is a lower bound of the distance, and cheap.
    if (candidate.size() > kLongestName || longer - shorter > allowed) {
      continue;
    }
    const std::optional<std::size_t> found = distance(name, candidate, allowed);
    if (found && (!best || *found < best_distance)) {
      best = candidate;
      best_distance = *found;
    }
  }
  return best ? std::optional<std::string>(*best) : std::nullopt;
}

}  // namespace

std::optional<std::string> closest(std::string_view name, std::span<const std::string> candidates) {
  return nearest(name, candidates);
}

std::optional<std::string> closest(std::string_view name,
                                   std::span<const std::string_view> candidates) {
  return nearest(name, candidates);
}

}  // namespace hale::monitor
