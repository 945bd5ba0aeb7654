#include "config/reader.h"

#include <algorithm>
#include <utility>

#include "config/files.h"
#include "monitor/check_settings.h"

namespace hale::config {
namespace {

using monitor::Duration;

constexpr std::size_t kMaxSecretBytes = 65536;

std::string_view without_spaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    return "";
  }
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// A list that came in by a variable is written with commas.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const auto part = without_spaces(text.substr(0, comma)); !part.empty()) {
      parts.emplace_back(part);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string range(std::optional<std::int64_t> minimum, std::optional<std::int64_t> maximum) {
  if (minimum && maximum) {
    return "write " + std::to_string(*minimum) + " to " + std::to_string(*maximum);
  }
  return minimum ? "write at least " + std::to_string(*minimum)
                 : "write at most " + std::to_string(maximum.value_or(0));
}

}  // namespace

std::optional<Expanded> Reader::expanded(const Node& node) {
  Parsed<Expanded> result = expand(*node.text(), environment_);
  if (!result) {
    if (in_use_) {
      problems_.add(node, std::move(result.error()));
    }
    return std::nullopt;
  }
  if (result->port_unknown) {
    deferred_ = true;
    return std::nullopt;
  }
  return *std::move(result);
}

bool Reader::is_text(const Node& node, std::string_view otherwise) {
  if (node.text() == nullptr) {
    problems_.add(node, node.shown() + " " + std::string(otherwise));
  }
  return node.text() != nullptr;
}

void Reader::reject(const Node& node, const Expanded& expanded, const std::string& what) {
  std::string message = node.shown();
  if (expanded.substituted) {
    message += ", here " + in_quotes(expanded.text) + ",";
  }
  problems_.add(node, message + " " + what);
}

std::optional<bool> Reader::boolean(const Node& node) {
  if (const bool* value = std::get_if<bool>(&node.value)) {
    return *value;
  }
  if (!is_text(node, "is not a truth value (write true or false)")) {
    return std::nullopt;
  }
  const auto word = expanded(node);
  if (!word) {
    return std::nullopt;
  }
  const Parsed<bool> value = parse_boolean(word->text);
  if (!value) {
    reject(node, *word, value.error() + " (write true or false)");
    return std::nullopt;
  }
  if (!node.loose && !word->substituted) {
    reject(node, *word, "is text (write " + word->text + " without quotes)");
    return std::nullopt;
  }
  return *value;
}

std::optional<std::int64_t> Reader::integer(const Node& node, std::optional<std::int64_t> minimum,
                                            std::optional<std::int64_t> maximum) {
  Expanded word;
  std::optional<std::int64_t> value;
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
    value = *number;
  } else {
    if (!is_text(node, "is not a whole number (write 5)")) {
      return std::nullopt;
    }
    auto text = expanded(node);
    if (!text) {
      return std::nullopt;
    }
    word = *std::move(text);
    const Parsed<std::int64_t> parsed = parse_integer(word.text);
    if (!parsed) {
      reject(node, word, parsed.error());
      return std::nullopt;
    }
    if (!node.loose && !word.substituted) {
      reject(node, word, "is text (write " + word.text + " without quotes)");
      return std::nullopt;
    }
    value = *parsed;
  }
  if ((minimum && *value < *minimum) || (maximum && *value > *maximum)) {
    reject(node, word, "is out of range (" + range(minimum, maximum) + ")");
    return std::nullopt;
  }
  return value;
}

std::optional<Duration> Reader::duration(const Node& node, Duration shortest, Duration longest) {
  if (std::holds_alternative<std::int64_t>(node.value)) {
    problems_.add(node, node.shown() + " is not a duration: it has no unit (write " +
                            in_quotes(node.shown() + "s") + ")");
    return std::nullopt;
  }
  if (!is_text(node, R"(is not a duration (write "10s", "250ms", "1h30m"))")) {
    return std::nullopt;
  }
  const auto word = expanded(node);
  if (!word) {
    return std::nullopt;
  }
  const Parsed<Duration> value = parse_duration(word->text);
  if (!value) {
    reject(node, *word, value.error());
    return std::nullopt;
  }
  if (*value < shortest || *value > longest) {
    const bool is_short = *value < shortest;
    reject(node, *word,
           std::string(is_short ? "is too short (write at least " : "is too long (write at most ") +
               in_quotes(to_text(is_short ? shortest : longest)) + ")");
    return std::nullopt;
  }
  return *value;
}

std::optional<std::int64_t> Reader::size(const Node& node, std::optional<std::int64_t> minimum,
                                         std::optional<std::int64_t> maximum) {
  if (std::holds_alternative<std::int64_t>(node.value)) {
    problems_.add(node, node.shown() + " is not a size: it has no unit (write " +
                            in_quotes(node.shown() + "B") + ")");
    return std::nullopt;
  }
  if (!is_text(node, R"(is not a size (write "20GiB", "500MB", "1024B"))")) {
    return std::nullopt;
  }
  const auto word = expanded(node);
  if (!word) {
    return std::nullopt;
  }
  const Parsed<std::int64_t> value = parse_size(word->text);
  if (!value) {
    reject(node, *word, value.error());
    return std::nullopt;
  }
  if (minimum && *value < *minimum) {
    reject(node, *word, "is too small (write at least " + in_quotes(size_to_text(*minimum)) + ")");
    return std::nullopt;
  }
  if (maximum && *value > *maximum) {
    reject(node, *word, "is too large (write at most " + in_quotes(size_to_text(*maximum)) + ")");
    return std::nullopt;
  }
  return *value;
}

std::optional<std::string> Reader::text(const Node& node) {
  if (node.text() == nullptr) {
    const bool scalar = !node.array() && !node.table() && !node.date();
    problems_.add(node, node.shown() + " is not text (write " +
                            (scalar ? in_quotes(node.shown()) : "\"...\"") + ")");
    return std::nullopt;
  }
  auto word = expanded(node);
  return word ? std::optional(std::move(word->text)) : std::nullopt;
}

std::optional<std::string> Reader::path(const Node& node) {
  auto word = text(node);
  if (!word || word->empty()) {
    return word;
  }
  // Not made shorter: behind a symbolic link, ".." is another folder than it seems.
  std::error_code error;
  const auto whole = std::filesystem::absolute(node.source->directory / *word, error);
  if (error) {
    problems_.add(node, in_quotes(*word) + " is relative, and the working folder is gone (write " +
                            "the whole path)");
    return std::nullopt;
  }
  return whole.string();
}

std::optional<std::vector<std::string>> Reader::list(const Node& node) {
  const Node::Array* array = node.array();
  if (array == nullptr) {
    if (!is_text(node, "is not a list (write [\"...\", \"...\"])")) {
      return std::nullopt;
    }
    const auto word = expanded(node);
    if (!word) {
      return std::nullopt;
    }
    if (!node.loose && !word->substituted) {
      reject(node, *word, "is not a list (write [" + in_quotes(word->text) + "])");
      return std::nullopt;
    }
    return split(word->text);
  }
  std::vector<std::string> values;
  bool complete = true;
  for (const Tree& element : array->elements) {
    if (auto value = text(*element)) {
      values.push_back(*std::move(value));
    } else {
      complete = false;
    }
  }
  return complete ? std::optional(std::move(values)) : std::nullopt;
}

std::optional<monitor::Threshold> Reader::threshold(const Node& node) {
  Expanded word;
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
    word.text = std::to_string(*number);
  } else {
    if (!is_text(node,
                 R"(is not a number of results (write 3, or "3/5" for three of the last five))")) {
      return std::nullopt;
    }
    auto text = expanded(node);
    if (!text) {
      return std::nullopt;
    }
    word = *std::move(text);
  }
  const Parsed<monitor::Threshold> value = parse_threshold(word.text);
  if (!value) {
    reject(node, word, value.error());
    return std::nullopt;
  }
  return *value;
}

std::optional<std::size_t> Reader::choice(const Node& node,
                                          std::span<const std::string_view> words) {
  const auto known = [&words] {
    std::string text;
    for (const std::string_view word : words) {
      text += (text.empty() ? "(write " : ", ") + in_quotes(word);
    }
    return text + ")";
  };
  if (node.text() == nullptr) {
    problems_.add(node, node.shown() + " is not one of the words " + known());
    return std::nullopt;
  }
  const auto word = expanded(node);
  if (!word) {
    return std::nullopt;
  }
  const auto found = std::find(words.begin(), words.end(), word->text);
  if (found == words.end()) {
    reject(node, *word, "is not one of the words " + known());
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - words.begin());
}

std::optional<monitor::Secret> Reader::secret(const Node& node) {
  if (const Node::Table* table = node.table()) {
    const Node* name = node.find("file");
    if (name == nullptr || name->text() == nullptr || table->children.size() != 1) {
      problems_.add(node, "a secret is text or { file = \"NAME\" }");
      return std::nullopt;
    }
    auto content = secret_file(node, *name);
    return content ? std::optional(monitor::Secret{*std::move(content)}) : std::nullopt;
  }
  if (node.text() == nullptr) {
    problems_.add(node, "a secret is text or { file = \"NAME\" }");  // without showing it
    return std::nullopt;
  }
  auto word = expanded(node);
  return word ? std::optional(monitor::Secret{std::move(word->text)}) : std::nullopt;
}

std::optional<monitor::Text> Reader::maybe_secret(const Node& node) {
  if (node.text() == nullptr) {
    auto content = secret(node);
    return content
               ? std::optional(monitor::Text{.value = std::move(content->value), .secret = true})
               : std::nullopt;
  }
  auto word = expanded(node);
  return word ? std::optional(
                    monitor::Text{.value = std::move(word->text), .secret = word->substituted})
              : std::nullopt;
}

std::optional<monitor::TextList> Reader::secret_list(const Node& node) {
  const Node::Array* array = node.array();
  if (array == nullptr) {
    problems_.add(node, node.shown() + " is not a list (write [\"...\", { file = \"NAME\" }])");
    return std::nullopt;
  }
  monitor::TextList values;
  for (const Tree& element : array->elements) {
    if (auto value = maybe_secret(*element)) {
      values.push_back(*std::move(value));
    }
  }
  return values.size() == array->elements.size() ? std::optional(std::move(values)) : std::nullopt;
}

std::optional<std::string> Reader::secret_file(const Node& table, const Node& name) {
  const auto word = expanded(name);
  if (!word || !in_use_) {
    return std::nullopt;
  }
  const std::filesystem::path file(word->text);
  std::filesystem::path chosen = table.source->directory / file;
  std::string looked_in = "beside the configuration";
  if (!credentials_.empty() && file == file.filename()) {
    std::error_code ignored;
    looked_in = "in the credentials directory and beside the configuration";
    if (std::filesystem::exists(credentials_ / file, ignored)) {
      chosen = credentials_ / file;
    }
  }
  auto cached = secret_files_.find(chosen);
  if (cached == secret_files_.end()) {
    cached = secret_files_.emplace(chosen, read_file(chosen, kMaxSecretBytes)).first;
  }
  if (!cached->second) {
    problems_.add(name, "the secret file " + in_quotes(word->text) +
                            " cannot be read: " + cached->second.error() + " (looked for " +
                            (file.is_absolute() ? "there" : looked_in) + ")");
    return std::nullopt;
  }
  std::string content = *cached->second;
  if (content.ends_with('\n')) {
    content.pop_back();
    if (content.ends_with('\r')) {
      content.pop_back();
    }
  }
  if (content.empty()) {
    problems_.add(name, "the secret file " + in_quotes(word->text) + " is empty");
    return std::nullopt;
  }
  return content;
}

std::optional<LimitValue> Reader::limit(const Node& node,
                                        const monitor::MeasurementDescriptor& measurement,
                                        monitor::Result severity) {
  Expanded word;
  if (node.text() != nullptr) {
    auto text = expanded(node);
    if (!text) {
      return std::nullopt;
    }
    word = *std::move(text);
  } else {
    word.text = node.shown();  // numbers and truth values read as they are written
  }
  auto value = parse_limit(word.text, measurement, severity);
  if (!value) {
    reject(node, word, value.error());
    return std::nullopt;
  }
  return *std::move(value);
}

}  // namespace hale::config
