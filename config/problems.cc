#include "config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "monitor/suggest.h"

namespace hale::config {

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
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return sorted_by(a) < sorted_by(b); });
  const auto end =
      std::unique(entries_.begin(), entries_.end(),
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

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates,
                       std::string_view otherwise) {
  if (const auto near = monitor::closest(word, candidates)) {
    return "; did you mean " + in_quotes(*near) + "?";
  }
  return " (" + std::string(otherwise) + ")";
}

}  // namespace hale::config
