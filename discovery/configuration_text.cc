#include "discovery/configuration_text.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "checks/excerpt.h"
#include "config/document.h"
#include "config/expansion.h"
#include "monitor/assert.h"

namespace hale::discovery {
namespace {

using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::Parameters;

constexpr std::string_view kHeader =
    R"(# What `hale discover` found worth watching on this host, and why.
#
#     hale check -c FILE       looks at everything once, now
#     hale run -c FILE         goes on looking
#     hale validate -c FILE    says what is wrong with a change
#     hale types TYPE          all that a check of that type can look at and limit
#
# It is yours to change: a check that you do not want can go, a limit or an expectation can be added.
# A check is critical if the host cannot do its work while it fails. Running discover again on an
# unchanged host gives the same file, so that a difference is news.

include = ["builtin:host"]    # disks, memory, CPUs, load, network: `hale validate --print` shows all
)";

constexpr std::size_t kCommentWidth = 100;

// A comment, wrapped at blanks. Its text holds no line ends.
void add_comment(std::string& out, std::string_view text, std::string_view first = "# ",
                 std::string_view next = "# ") {
  std::string line(first);
  std::size_t words = 0;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(' '), text.size());
    if (words > 0 && line.size() + 1 + size > kCommentWidth) {
      out += line + "\n";
      line = next;
      words = 0;
    }
    line.append(words > 0 ? " " : "").append(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
    ++words;
  }
  out += line + "\n";
}

void add_list(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) {
    return;
  }
  out += "\n";
  add_comment(out, title);
  for (const std::string& line : lines) {
    add_comment(out, line, "#   - ", "#     ");
  }
}

std::string text_value(std::string_view text) {
  return config::toml_string(config::escape_expansion(text));
}

std::string table_value(const std::vector<KeyDescriptor>& keys, const Parameters& parameters);

struct ValueText {
  const KeyDescriptor& key;

  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return text_value(value); }
  // What discover sends is in its own table and no secret.
  std::string operator()(const monitor::Secret& value) const { return text_value(value.value); }
  std::string operator()(const std::vector<std::string>& values) const {
    std::string out;
    for (const std::string& value : values) {
      out += (out.empty() ? "[" : ", ") + text_value(value);
    }
    return out.empty() ? "[]" : out + "]";
  }
  std::string operator()(const std::vector<Parameters>& tables) const {
    if (key.type == KeyType::kTable) {
      return table_value(key.keys, tables.front());
    }
    std::string out;
    for (const Parameters& table : tables) {
      out += (out.empty() ? "[" : ", ") + table_value(key.keys, table);
    }
    return out.empty() ? "[]" : out + "]";
  }
  // Discover sets no key of these.
  std::string operator()(monitor::Duration) const { return never(); }
  std::string operator()(const monitor::TextList&) const { return never(); }
  std::string operator()(const monitor::TextMap&) const { return never(); }

 private:
  static std::string never() {
    HALE_ASSERT(false);
    return "";
  }
};

// In the order in which the type declares its keys.
std::vector<std::pair<std::string, std::string>> values_of(const std::vector<KeyDescriptor>& keys,
                                                           const Parameters& parameters) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const KeyDescriptor& key : keys) {
    if (const monitor::ParameterValue* value = parameters.find(key.name)) {
      values.emplace_back(config::key_text(key.name), std::visit(ValueText{key}, *value));
    }
  }
  return values;
}

std::string table_value(const std::vector<KeyDescriptor>& keys, const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : values_of(keys, parameters)) {
    out += (out.empty() ? "{ " : ", ") + name + " = " + value;
  }
  return out.empty() ? "{}" : out + " }";
}

void add_lines(std::string& out, const std::vector<std::pair<std::string, std::string>>& values) {
  std::size_t width = 0;
  for (const auto& [name, value] : values) {
    width = std::max(width, name.size());
  }
  for (const auto& [name, value] : values) {
    out += name + std::string(width - name.size(), ' ') + " = " + value + "\n";
  }
}

void add_check(std::string& out, const PlannedCheck& check,
               const monitor::CheckRegistry& registry) {
  const monitor::CheckDescriptor* type = registry.find(check.type);
  HALE_ASSERT(type != nullptr);
  out += "\n";
  for (const std::string& line : check.comment) {
    add_comment(out, line);
  }
  out += "[checks." + config::key_text(check.name) + "]\n";
  std::vector<std::pair<std::string, std::string>> values = {
      {"type", text_value(check.type)},
      {"group", text_value(check.group)},
      {"critical", check.critical ? "true" : "false"}};
  for (auto& value : values_of(type->keys, check.keys)) {
    values.push_back(std::move(value));
  }
  add_lines(out, values);
}

// Without the messages of conflicts, which tell of processes and times: they change from run to
// run.
std::string stable_text(const monitor::Finding& conflict) {
  return conflict.kind + ": " + checks::escaped(conflict.key) +
         (conflict.confidence == monitor::Confidence::kLow ? " (not certain)" : "");
}

std::vector<std::string> lines_of(const std::vector<Unseen>& unseen) {
  std::vector<std::string> lines;
  lines.reserve(unseen.size());
  for (const Unseen& one : unseen) {
    lines.push_back(one.what + ": " + one.why);
  }
  return lines;
}

void add_finding(std::string& out, std::string_view what, const monitor::Finding& finding) {
  out.append(what).append(": ").append(finding.message).append("\n");
  for (const std::string& line : finding.evidence) {
    out += "    " + line + "\n";
  }
}

std::string counted(std::size_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

}  // namespace

std::string configuration_text(const Plan& plan, const monitor::CheckRegistry& registry) {
  std::string out(kHeader);
  if (plan.bus != "system") {
    out += "\n[systemd]\nbus = " + text_value(plan.bus) + "\n";
  }
  for (const PlannedGroup& group : plan.groups) {
    out += "\n[groups." + config::key_text(group.name) + "]\n";
    add_lines(out, {{"title", text_value(group.title)}, {"order", std::to_string(group.order)}});
  }
  for (const PlannedCheck& check : plan.checks) {
    add_check(out, check, registry);
  }
  add_list(out, "Left out, and why:", plan.left_out);
  std::vector<std::string> conflicts;
  for (const monitor::Finding& conflict : plan.conflicts) {
    conflicts.push_back(stable_text(conflict));
  }
  add_list(
      out,
      "Conflicts found. The check `conflicts` of builtin:host watches them; discover tells more of "
      "each on standard error:",
      conflicts);
  std::vector<std::string> risks;
  for (const monitor::Finding& risk : plan.risks) {
    risks.push_back(risk.message);
  }
  add_list(out, "Risks found:", risks);
  add_list(out,
           "What could not be looked at, so that nothing is said about it:", lines_of(plan.unseen));
  return out;
}

std::string report_text(const Plan& plan) {
  std::string out;
  for (const monitor::Finding& conflict : plan.conflicts) {
    add_finding(out, "conflict", conflict);
  }
  for (const monitor::Finding& risk : plan.risks) {
    add_finding(out, "risk", risk);
  }
  for (const std::string& line : lines_of(plan.unseen)) {
    out += "not looked at: " + line + "\n";
  }
  const auto critical = std::ranges::count_if(plan.checks, &PlannedCheck::critical);
  out += counted(plan.checks.size(), "check") + ", " + std::to_string(critical) + " critical; " +
         counted(plan.conflicts.size(), "conflict") + ", " + counted(plan.risks.size(), "risk") +
         "\n";
  return out;
}

}  // namespace hale::discovery
