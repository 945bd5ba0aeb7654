// What is wrong with a configuration, collected, so that everything is told at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace hale::config {

struct Problem {
  std::string file;  // or "builtin:host", "--set agent.name"
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string where;    // the key or table: "checks.web.interval"
  std::string message;  // what is wrong (what would be right); never a secret

  std::string to_string() const;  // FILE:LINE:COLUMN: WHERE: MESSAGE
  bool operator==(const Problem&) const = default;
};

class Problems {
 public:
  // About a value; it stands where the value begins.
  void add(const Node& node, std::string message);

  // About a key that its table should not have; it stands at the key and is told of the table.
  void add_key(const Node& node, std::string message);

  void add_at(const Source& source, Position position, std::string where, std::string message);

  std::size_t count() const { return entries_.size(); }

  // All of them: by source, line and column, without repetitions. Empties the collection.
  std::vector<Problem> take();

 private:
  struct Entry {
    const Source* source;
    Position position;
    std::string where;
    std::string message;
  };
  std::vector<Entry> entries_;
};

// `; did you mean "url"?`, or ` (` + otherwise + `)` where nothing is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates,
                       std::string_view otherwise);

}  // namespace hale::config
