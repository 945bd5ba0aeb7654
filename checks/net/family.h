// Which of a name's addresses a check talks to that needs one: datagrams go nowhere by trying.
// Engine thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <asio/ip/address.hpp>

#include "monitor/check_descriptor.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

enum class Family : std::uint8_t { kAny, kIpv4, kIpv6 };

// The key `family`, its choices and what they mean.
monitor::KeyDescriptor family_key();
Family family_of(std::string_view choice);

// The key `host` of a type that talks to one address, by address_of().
monitor::KeyDescriptor single_host_key();

bool is_of(const asio::ip::address& address, Family family);

// The first of the host's addresses that is of the family, in the order in which the system would
// try them; else the outcome of a check that got no further.
monitor::Task<std::expected<asio::ip::address, monitor::Outcome>> address_of(
    monitor::RunContext& context, std::string host, Family family);

}  // namespace hale::checks
