// Host, port, TLS and how to get there: the keys that every type with a stream of its own shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>

#include "monitor/check_descriptor.h"

namespace hale::checks {

// The keys `host` and `port`; a port without a default is required, as is a host always.
monitor::KeyDescriptor host_key();
monitor::KeyDescriptor port_key(std::optional<std::int64_t> default_port = std::nullopt);

// What is wrong with the host and what would be right; nothing where it is an address or could be a
// name. Pure.
std::optional<std::string> problem_with_host(const std::string& host);

// The same for the key `host`.
std::optional<monitor::ParameterError> host_error(const monitor::Parameters& parameters);

// What a connection of a check's own can report by itself, up to and including TLS.
std::vector<monitor::Reason> connection_reasons();

// "db.internal:5432", "[::1]:80".
std::string host_and_port(const std::string& host, asio::ip::port_type port);

}  // namespace hale::checks
