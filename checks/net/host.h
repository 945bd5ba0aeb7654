// The key `host` of checks that talk to one address: what may stand there, and which of a name's
// addresses is meant. Engine thread only.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <asio/ip/address.hpp>

#include "monitor/check_descriptor.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

// What is wrong with the text; nothing where it is an address or could be a name. Pure.
std::optional<std::string> problem_with_host(const std::string& host);

enum class Family : std::uint8_t { kAny, kIpv4, kIpv6 };

// The key `family`, its choices and what they mean.
monitor::KeyDescriptor family_key();
Family family_of(std::string_view choice);

bool is_of(const asio::ip::address& address, Family family);

// The first of the host's addresses that is of the family, in the order in which the system would
// try them; else the outcome of a check that got no further.
monitor::Task<std::expected<asio::ip::address, monitor::Outcome>> address_of(
    monitor::RunContext& context, std::string host, Family family);

}  // namespace hale::checks
