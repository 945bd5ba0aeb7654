// From a host's name to its addresses, by the system's resolver (getaddrinfo), which blocks and
// therefore runs in the pool `resolver`. Engine thread only.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "monitor/check_result.h"
#include "monitor/run_context.h"

namespace hale::checks {

// "127.0.0.1", "::1", "fe80::1%eth0"; nullopt for anything that has to be resolved.
std::optional<asio::ip::address> literal_address(const std::string& host);

// The host's addresses, IPv4 and IPv6, in the order in which they should be tried (RFC 6724), each
// once, at most kMostAddresses, at least one; else the outcome of a check that got no further.
// Checks that ask for the same name at the same time share one look-up.
monitor::Task<std::expected<std::vector<asio::ip::address>, monitor::Outcome>> resolve(
    monitor::RunContext& context, std::string host);

inline constexpr std::size_t kMostAddresses = 16;

// What getaddrinfo's error, or the errno beside EAI_SYSTEM, means for a check. Pure.
monitor::Outcome resolve_failure(int gai_error, int system_error, const std::string& host);

}  // namespace hale::checks
