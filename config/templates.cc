#include "config/templates.h"

#include <algorithm>

namespace hale::config {

Templates::Templates(const std::vector<Named>& templates, bool complete, Reader& reader)
    : templates_(templates),
      complete_(complete),
      reader_(reader),
      uses_(templates.size()),
      colors_(templates.size(), Color::kNew),
      heights_(templates.size(), 0) {
  for (std::size_t i = 0; i < templates_.size(); ++i) {
    if (const Node* use = find_in(templates_[i].layers, "use").node) {
      uses_[i] = uses_of(*use);
    }
  }
  for (std::size_t i = 0; i < templates_.size(); ++i) {
    visit(i, 0);
  }
}

// Drops each use that would close a circle or nest too deeply.
void Templates::visit(std::size_t index, int depth) {
  if (colors_[index] != Color::kNew) {
    return;
  }
  colors_[index] = Color::kActive;
  std::erase_if(uses_[index], [&](const Use& use) {
    if (colors_[use.index] == Color::kActive) {
      reader_.problems().add(*use.node, "templates use each other in a circle (leave one out)");
      return true;
    }
    if (depth < kMaxDepth) {
      visit(use.index, depth + 1);
    }
    if (depth >= kMaxDepth || heights_[use.index] >= kMaxDepth) {
      reader_.problems().add(
          *use.node, "templates use each other more than " + std::to_string(kMaxDepth) + " deep");
      return true;
    }
    heights_[index] = std::max(heights_[index], heights_[use.index] + 1);
    return false;
  });
  colors_[index] = Color::kDone;
}

std::vector<Templates::Use> Templates::uses_of(const Node& use) const {
  std::vector<Use> uses;
  const auto add = [&](const Node& node) {
    const auto name = reader_.text(node);
    if (!name) {
      return;
    }
    if (const Named* entry = find_named(templates_, *name)) {
      uses.push_back({&node, static_cast<std::size_t>(entry - templates_.data())});
    } else if (complete_) {
      reader_.problems().add(node, "there is no template " + in_quotes(*name) +
                                       suggestion(*name, names_of(templates_),
                                                  "add [templates." + key_text(*name) + "]"));
    }
  };
  if (const Node::Array* list = use.array()) {
    for (const Tree& element : list->elements) {
      add(*element);
    }
    std::reverse(uses.begin(), uses.end());
  } else if (use.text() != nullptr) {
    add(use);
  } else {
    reader_.problems().add(
        use, use.shown() + " is not the name of a template (write \"NAME\" or a list)");
  }
  return uses;
}

void Templates::append(const Node& use, Layers& layers) const {
  for (const Use& one : uses_of(use)) {
    append_one(one.index, layers);
  }
}

void Templates::append_one(std::size_t index, Layers& layers) const {
  const Layers& own = templates_[index].layers;
  if (std::find(layers.begin(), layers.end(), own.front()) != layers.end()) {
    return;
  }
  layers.insert(layers.end(), own.begin(), own.end());
  for (const Use& use : uses_[index]) {
    append_one(use.index, layers);
  }
}

}  // namespace hale::config
