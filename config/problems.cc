#include "config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hale::config {
namespace {

// Damerau-Levenshtein in its restricted form (optimal string alignment): insertions, deletions,
// replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// How many slips a word of this length may have and still be recognised.
std::size_t tolerance(std::size_t length) {
  if (length <= 2) {
    return 0;
  }
  return length <= 5 ? 1 : length <= 9 ? 2 : 3;
}

}  // namespace

std::string Problem::to_string() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + where + ": " +
         message;
}

void Problems::add(const Node& node, std::string message) {
  add_at(*node.source, node.at, node.path(), std::move(message));
}

void Problems::add_key(const Node& node, std::string message) {
  std::string where = node.parent == nullptr ? "" : node.parent->path();
  add_at(*node.source, node.key_at, where.empty() ? node.path() : std::move(where),
         std::move(message));
}

void Problems::add_at(const Source& source, Position position, std::string where,
                      std::string message) {
  entries_.push_back({&source, position, std::move(where), std::move(message)});
}

std::vector<Problem> Problems::take() {
  const auto sorted_by = [](const Entry& entry) {
    return std::tie(entry.source->order, entry.position, entry.where, entry.message);
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    return sorted_by(a) < sorted_by(b);
  });
  const auto end = std::unique(
      entries_.begin(), entries_.end(),
      [&](const Entry& a, const Entry& b) { return sorted_by(a) == sorted_by(b); });
  std::vector<Problem> problems;
  problems.reserve(static_cast<std::size_t>(end - entries_.begin()));
  for (auto entry = entries_.begin(); entry != end; ++entry) {
    problems.push_back({entry->source->name, entry->position.line, entry->position.column,
                        std::move(entry->where), std::move(entry->message)});
  }
  entries_.clear();
  return problems;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = tolerance(word.size()) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t gap =
        std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (gap >= best_distance) {
      continue;
    }
    const std::size_t found = distance(word, candidate);
    if (found < best_distance) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates,
                       std::string_view otherwise) {
  const std::string_view best = nearest(word, candidates);
  std::string text = best.empty() ? " (" : "; did you mean ";
  text += best.empty() ? std::string(otherwise) + ")" : quoted(best) + "?";
  return text;
}

}  // namespace hale::config
