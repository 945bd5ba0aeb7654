// `use`: which templates a table takes its keys from, those that they use themselves included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/assembly.h"
#include "config/reader.h"

namespace hale::config {

class Templates {
 public:
  // Looks at what templates use: unknown names, circles, and nesting beyond kMaxDepth are problems.
  // `complete`: a template that is missing is a mistake; false: it may stand in a file that could
  // not be read.
  Templates(const std::vector<Named>& templates, bool complete, Reader& reader);

  // Appends the tables of the templates that `use` names: later names are stronger, and a template
  // is stronger than what it uses. Each template counts once, where it is strongest.
  void append(const Node& use, Layers& layers) const;

  static constexpr int kMaxDepth = 32;

 private:
  struct Use {
    const Node* node;  // the name, for problems
    std::size_t index;
  };
  enum class Color : std::uint8_t { kNew, kActive, kDone };

  std::vector<Use> uses_of(const Node& use) const;  // the strongest first
  void visit(std::size_t index, int depth);
  void append_one(std::size_t index, Layers& layers) const;

  const std::vector<Named>& templates_;
  bool complete_;
  Reader& reader_;
  std::vector<std::vector<Use>> uses_;  // of each template; without circles once constructed
  std::vector<Color> colors_;
  std::vector<int> heights_;  // how deep the uses below go
};

}  // namespace hale::config
