#include "config/agent_settings.h"

#include <algorithm>
#include <optional>

#include "config/key_check.h"
#include "config/labels.h"

namespace hale::config {
namespace {

using monitor::HistogramKind;
using monitor::Window;

constexpr const char* kDefaultStateDir = "/var/lib/hale";

void read_state_dir(const Layers& layers, const std::optional<std::string>& state_directory,
                    AgentConfig& agent, Reader& reader) {
  const Node* node = find_in(layers, "state_dir").node;
  if (node == nullptr) {
    agent.state_dir = state_directory.value_or(kDefaultStateDir);
    agent.state_dir_by_default = !state_directory;
    return;
  }
  if (auto value = reader.text(*node)) {
    if (!value->empty() && !value->starts_with('/')) {
      reader.problems().add(*node, in_quotes(*value) + " is not an absolute path (write \"" +
                                       kDefaultStateDir +
                                       "\", or \"\" to keep everything in memory)");
    }
    agent.state_dir = *std::move(value);
  }
}

void check_profile(const Layers& layers, Reader& reader) {
  const Node* node = find_in(layers, "profile").node;
  if (node == nullptr) {
    return;
  }
  constexpr std::string_view kPlanned[] = {"minimal", "full"};
  const auto value = reader.text(*node);
  if (value && std::find(std::begin(kPlanned), std::end(kPlanned), *value) != std::end(kPlanned)) {
    reader.problems().add(*node, "profile " + in_quotes(*value) + " " + std::string(kNotBuilt) +
                                     " (write \"standard\")");
  } else if (value && *value != "standard") {
    reader.problems().add(*node, in_quotes(*value) + " is not a profile (write \"standard\")");
  }
}

void check_workers(const Layers& layers, Reader& reader) {
  const Node* node = find_in(layers, "workers").node;
  if (node == nullptr) {
    return;
  }
  const KeySpec& spec = *find_key(agent_keys(), "workers");
  const auto value = reader.integer(*node, spec.minimum, spec.maximum);
  if (value && *value != 1) {
    reader.problems().add(*node, std::to_string(*value) + " workers: more than one " +
                                     std::string(kNotBuilt) + " (write 1)");
  }
}

bool is_port_of_choice(const monitor::ListenAddress& address) {
  const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&address);
  return endpoint != nullptr && endpoint->port() == 0;
}

// The word of a closed list that `text` is.
template <class Word>
std::optional<Word> named(std::string_view text, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (text == to_string(static_cast<Word>(i))) {
      return static_cast<Word>(i);
    }
  }
  return std::nullopt;
}

std::vector<Window> read_windows(const Node& node, Reader& reader) {
  std::vector<Window> windows;
  for (const std::string& text : reader.list(node).value_or(std::vector<std::string>{})) {
    const auto window = named<Window>(text, monitor::kWindowCount);
    if (!window) {
      reader.problems().add(
          node, in_quotes(text) + " is not a window (there are \"1m\", \"5m\" and \"1h\")");
    } else if (std::ranges::find(windows, *window) == windows.end()) {
      windows.push_back(*window);
    }
  }
  std::ranges::sort(windows);
  return windows;
}

GroupConfig read_group(const Named& entry, Reader& reader) {
  GroupConfig group;
  group.name = entry.name;
  group.title = entry.name;
  for (const Node* table : entry.layers) {
    check_inherited_keys(*table, kInGroup, group_keys(), reader);
  }
  if (const Node* node = find_in(entry.layers, "title").node) {
    group.title = reader.text(*node).value_or("");
  }
  if (const Node* node = find_in(entry.layers, "order").node) {
    const KeySpec& spec = *find_key(group_keys(), "order");
    group.order = static_cast<int>(reader.integer(*node, spec.minimum, spec.maximum).value_or(0));
  }
  group.labels = read_labels(all_of(entry.layers, "labels"), reader);
  return group;
}

}  // namespace

void add_address(const Node& place, const std::string& text,
                 std::vector<monitor::ListenAddress>& addresses, Reader& reader) {
  auto address = monitor::parse_listen_address(text);
  if (!address) {
    reader.problems().add(place, in_quotes(text) + " " + address.error());
  } else if (!is_port_of_choice(*address) &&
             std::find(addresses.begin(), addresses.end(), *address) != addresses.end()) {
    reader.problems().add(place, in_quotes(text) + " is listed twice (leave one out)");
  } else {
    addresses.push_back(*std::move(address));
  }
}

AgentConfig read_agent(const Layers& layers, const std::string& host_name,
                       const std::optional<std::string>& state_directory, Reader& reader) {
  for (const Node* table : layers) {
    check_plain_keys(*table, agent_keys(), reader.problems());
  }
  AgentConfig agent;
  agent.name = host_name;
  agent.profile = find_key(agent_keys(), "profile")->default_text;
  if (const Node* node = find_in(layers, "name").node) {
    if (auto name = reader.text(*node)) {
      if (name->empty()) {
        reader.problems().add(*node, "is empty (leave it out to use the host name)");
      }
      agent.name = *std::move(name);
    }
  }
  // hale_agent_info carries `profile` itself.
  agent.labels = read_labels(all_of(layers, "labels"), reader, "profile");
  check_profile(layers, reader);
  read_state_dir(layers, state_directory, agent, reader);
  check_workers(layers, reader);
  return agent;
}

std::vector<monitor::ListenAddress> read_listen(const Layers& http, Reader& reader) {
  for (const Node* table : http) {
    check_plain_keys(*table, http_keys(), reader.problems());
  }
  std::vector<monitor::ListenAddress> addresses;
  const Node* node = find_in(http, "listen").node;
  if (node != nullptr && node->array() != nullptr) {
    for (const Tree& element : node->array()->elements) {
      if (const auto text = reader.text(*element)) {
        add_address(*element, *text, addresses, reader);
      }
    }
    if (node->array()->elements.empty()) {
      reader.problems().add(*node, "an empty list (write [\"127.0.0.1:4253\"])");
    }
  } else if (node != nullptr) {
    for (const std::string& text : reader.list(*node).value_or(std::vector<std::string>{})) {
      add_address(*node, text, addresses, reader);
    }
  }
  if (addresses.empty()) {
    addresses.push_back(
        *monitor::parse_listen_address(find_key(http_keys(), "listen")->default_text));
  }
  return addresses;
}

monitor::MetricsSettings read_metrics(const Layers& metrics, Reader& reader) {
  for (const Node* table : metrics) {
    check_plain_keys(*table, metrics_keys(), reader.problems());
  }
  monitor::MetricsSettings settings;
  if (const Node* node = find_in(metrics, "histograms").node) {
    if (const auto text = reader.text(*node)) {
      if (const auto kind = named<HistogramKind>(*text, monitor::kHistogramKindCount)) {
        settings.histograms = *kind;
      } else {
        reader.problems().add(*node, in_quotes(*text) +
                                         " is no kind of histograms (write \"classic\", "
                                         "\"native\", \"both\" or \"off\")");
      }
    }
  }
  if (const Node* node = find_in(metrics, "windows").node) {
    settings.windows = read_windows(*node, reader);
  }
  if (const Node* node = find_in(metrics, "percentiles").node) {
    settings.percentiles = reader.boolean(*node).value_or(true);
  }
  return settings;
}

std::string read_systemd_bus(const Layers& systemd, Reader& reader) {
  for (const Node* table : systemd) {
    check_plain_keys(*table, systemd_keys(), reader.problems());
  }
  std::string otherwise(find_key(systemd_keys(), "bus")->default_text);
  const Node* node = find_in(systemd, "bus").node;
  if (node == nullptr) {
    return otherwise;
  }
  const auto value = reader.text(*node);
  if (!value) {
    return otherwise;
  }
  if (!is_bus(*value)) {
    reader.problems().add(*node, in_quotes(*value) +
                                     " is not a bus (write \"system\", \"user\" or "
                                     "\"unix:path=/PATH\")");
  }
  return *value;
}

std::vector<GroupConfig> read_groups(const std::vector<Named>& groups, Reader& reader) {
  std::vector<GroupConfig> read;
  read.reserve(groups.size());
  for (const Named& entry : groups) {
    read.push_back(read_group(entry, reader));
  }
  return read;
}

// Of the addresses that D-Bus knows, one would run a program, and others leave this machine.
bool is_bus(std::string_view text) {
  return text == "system" || text == "user" || text.starts_with("unix:path=/") ||
         text.starts_with("unix:abstract=");
}

}  // namespace hale::config
