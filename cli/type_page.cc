#include "cli/type_page.h"

#include <string_view>

#include "cli/type_text.h"

namespace hale::cli {
namespace {

using monitor::CheckDescriptor;

// A cell of a table. What is in backticks is code and stays as it is, but for the bar that would
// end the cell; outside of them nothing may turn into a tag, a link or emphasis.
std::string cell(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    code = code != (c == '`');
    if (c == '|' || (!code && (c == '*' || c == '<' || c == '[' || c == '\\'))) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& text : cells) {
    line += text.empty() ? " |" : " " + cell(text) + " |";
  }
  return line + "\n";
}

std::string header(const std::vector<std::string>& names) {
  std::string line = row(names) + "|";
  for (std::size_t i = 0; i < names.size(); ++i) {
    line += "---|";
  }
  return line + "\n";
}

std::string key_table(const CheckDescriptor& type) {
  std::string text = header({"Key", "Type", "Default", "What"});
  for (const KeyText& key : keys_of(type)) {
    text += row(
        {code(key.name), key.type, key.required ? "required" : code(key.default_value), key.help});
  }
  return text;
}

std::string measurement_table(const CheckDescriptor& type) {
  std::string text =
      header({"Measurement", "Unit", "Bad when", "Default limits", "Metric", "What"});
  for (const MeasurementText& measurement : measurements_of(type)) {
    text += row({measurement.open ? "any name" : code(measurement.name), measurement.unit,
                 std::string(measurement.bad), measurement.limits, code(measurement.metric),
                 std::string(measurement.help)});
  }
  return text;
}

std::string finding_table(const CheckDescriptor& type) {
  std::string text = header({"Kind", "What"});
  for (const monitor::FindingKind& kind : type.findings) {
    text += row({code(kind.name), std::string(kind.help)});
  }
  return text;
}

template <class Texts>
std::string code_list(const Texts& texts) {
  std::string list;
  for (const auto& text : texts) {
    list += (list.empty() ? "" : ", ") + code(text);
  }
  return list;
}

}  // namespace

std::string type_reference(const CheckDescriptor& type) {
  std::string text = "## Example\n\n```toml\n" + std::string(type.example) + "```\n";
  text += "\n## Keys\n\n";
  text += type.keys.empty() ? "None but those of every check.\n"
                            : key_table(type) + "\nBeside those of every check.\n";
  if (const auto pinned = pinned_of(type); !pinned.empty()) {
    text += "Unless the check says otherwise: " + code_list(pinned) + ".\n";
  }
  text += "\n## Measurements\n\n" + measurement_table(type);
  if (!type.item_label.empty()) {
    text +=
        "\nLooks at many items, each with its own status. Item: " + code(type.item_label) + ".\n";
  }
  if (!type.findings.empty()) {
    text += "\n## Findings\n\n" + finding_table(type);
  }
  return text + "\n## Reasons\n\n" + code_list(reasons_of(type)) +
         "; `threshold` where a limit is passed.\n";
}

std::string type_index(const std::vector<const CheckDescriptor*>& types) {
  std::string text = header({"Type", "What it looks at"});
  for (const CheckDescriptor* type : types) {
    const std::string name(type->name);
    text += "| [" + name + "](" + name + ".md) | " + cell(type->summary) + " |\n";
  }
  return text;
}

}  // namespace hale::cli
