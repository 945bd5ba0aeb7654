#include "config/sources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "config/builtin.h"
#include "config/command_line.h"
#include "config/files.h"
#include "config/toml_reader.h"

namespace hale::config {
namespace {

class SourceReader {
 public:
  SourceReader(Sources& out, const Environment& environment, Problems& problems)
      : out_(out), environment_(environment), problems_(problems) {}

  void read_main(const std::optional<std::filesystem::path>& file) {
    if (!file) {
      read_builtin();
      return;
    }
    Source& source = add_source(file->string(), file->parent_path());
    if (const auto failure = read(source, *file)) {
      problems_.add_at(source, {}, "file", *failure);
      out_.complete = false;
    }
  }

 private:
  Source& add_source(std::string name, std::filesystem::path directory) {
    auto source = std::make_unique<Source>();
    source->name = std::move(name);
    source->directory = std::move(directory);
    source->order = out_.all.size();
    out_.all.push_back(std::move(source));
    return *out_.all.back();
  }

  void read_builtin() {
    if (!done_.insert(std::string(kBuiltinHost)).second) {
      return;
    }
    Source& source = add_source(std::string(kBuiltinHost), {});
    source.origin = Origin::kBuiltin;
    parse(source, builtin_host_text());
  }

  // Reads one file and, before it, what it includes. Returns what keeps it from being read.
  std::optional<std::string> read(Source& source, const std::filesystem::path& file) {
    const std::expected<std::string, std::string> text = read_file(file, budget_);
    if (!text) {
      return text.error().starts_with(kTooLarge)
                 ? "is too large: the configuration may have " +
                       std::to_string(kMaxTextBytes >> 20U) + " MiB in all"
                 : "cannot be read: " + text.error();
    }
    budget_ -= text->size();
    const std::string identity = identity_of(file);
    active_.push_back({identity, source.name});
    parse(source, *text);
    active_.pop_back();
    done_.insert(identity);
    return std::nullopt;
  }

  void parse(const Source& source, std::string_view text) {
    std::expected<Tree, TextError> tree = read_toml(text, source);
    if (!tree) {
      TextError& error = tree.error();
      problems_.add_at(source, error.at, std::move(error.where), std::move(error.message));
      out_.complete = false;
      return;
    }
    if (const Node* include = (*tree)->find("include")) {
      include_all(*include);
    }
    out_.trees.push_back(*std::move(tree));
  }

  void include_all(const Node& include) {
    const Node::Array* list = include.array();
    if (list == nullptr) {
      problems_.add(include, include.shown() + " is not a list (write [\"conf.d/*.toml\"])");
      return;
    }
    for (const Tree& element : list->elements) {
      if (element->text() == nullptr) {
        problems_.add(*element, element->shown() + " is not text (write \"conf.d/*.toml\")");
        continue;
      }
      Parsed<Expanded> name = expand(*element->text(), environment_);
      if (!name) {
        problems_.add(*element, std::move(name.error()));
        out_.complete = false;
        continue;
      }
      include_one(*element, name->text);
    }
  }

  void include_one(const Node& element, const std::string& name) {
    if (name.starts_with("builtin:")) {
      if (name == kBuiltinHost) {
        read_builtin();
      } else {
        problems_.add(element, in_quotes(name) + " is not known (write \"builtin:host\")");
      }
      return;
    }
    if (!is_pattern(name)) {
      include_file(element, element.source->directory / name);
      return;
    }
    const auto files = find_files(element.source->directory, name);
    if (!files) {
      problems_.add(element, toml_string(name) + " cannot be looked up: " + files.error());
      out_.complete = false;
      return;
    }
    for (const std::filesystem::path& file : *files) {
      include_file(element, file);
    }
  }

  void include_file(const Node& element, const std::filesystem::path& file) {
    const std::string identity = identity_of(file);
    if (done_.contains(identity)) {
      return;  // two files may include the same third one
    }
    if (const auto loop =
            std::find_if(active_.begin(), active_.end(),
                         [&](const Active& open) { return open.identity == identity; });
        loop != active_.end()) {
      std::string way = loop->name;
      for (auto step = loop + 1; step != active_.end(); ++step) {
        way += " -> " + step->name;
      }
      problems_.add(element, "includes go round in a circle: " + way + " -> " +
                                 file.lexically_normal().string());
      return;
    }
    if (active_.size() >= kMaxIncludeDepth || out_.all.size() >= kMaxFiles) {
      problems_.add(
          element,
          active_.size() >= kMaxIncludeDepth
              ? "includes are nested more than " + std::to_string(kMaxIncludeDepth) + " deep"
              : "the configuration has more than " + std::to_string(kMaxFiles) + " files");
      return;
    }
    Source& source = add_source(file.lexically_normal().string(), file.parent_path());
    if (const auto failure = read(source, file)) {
      problems_.add(element, toml_string(source.name) + " " + *failure);
      out_.complete = false;
    }
  }

  static std::string identity_of(const std::filesystem::path& file) {
    std::error_code failed;
    const std::filesystem::path canonical = std::filesystem::canonical(file, failed);
    return failed ? file.string() : canonical.string();
  }

  struct Active {
    std::string identity;
    std::string name;
  };

  Sources& out_;
  const Environment& environment_;
  Problems& problems_;
  std::vector<Active> active_;  // the files being read, each included by the one before
  std::set<std::string> done_;
  std::size_t budget_ = kMaxTextBytes;
};

}  // namespace

Sources read_sources(const std::optional<std::filesystem::path>& file,
                     const CommandLine& command_line, const Environment& environment,
                     Problems& problems) {
  Sources sources;
  SourceReader(sources, environment, problems).read_main(file);
  add_command_line(command_line, sources, problems);
  return sources;
}

}  // namespace hale::config
