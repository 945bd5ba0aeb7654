// [agent], [http], [metrics] and [groups]: everything that is not a check.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/assembly.h"
#include "config/config.h"
#include "config/reader.h"

namespace hale::config {

// `state_directory`: systemd's, absent where there is none.
AgentConfig read_agent(const Layers& layers, const std::string& host_name,
                       const std::optional<std::string>& state_directory, Reader& reader);

// Never empty: after a problem the default.
std::vector<monitor::ListenAddress> read_listen(const Layers& http, Reader& reader);

// The address that `text` is, added to `addresses`, or a problem at `place`.
void add_address(const Node& place, const std::string& text,
                 std::vector<monitor::ListenAddress>& addresses, Reader& reader);

monitor::MetricsSettings read_metrics(const Layers& metrics, Reader& reader);

// "system", "user" or an address.
std::string read_systemd_bus(const Layers& systemd, Reader& reader);

// Also looks at the keys that the groups give their checks.
std::vector<GroupConfig> read_groups(const std::vector<Named>& groups, Reader& reader);

// Whether `text` can be systemd's bus: "system", "user", or the address of a Unix socket. Pure.
bool is_bus(std::string_view text);

}  // namespace hale::config
