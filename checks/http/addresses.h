// From a host, name or address, to the addresses that a run may connect to. Engine thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "checks/http/progress.h"
#include "monitor/check_result.h"
#include "monitor/runtime/task.h"

namespace hale::checks::http {

enum class Family : std::uint8_t { kAny, kIPv4, kIPv6 };

Family family_of(const std::string& word);  // "any", "ipv4", "ipv6"

using Addresses = std::expected<std::vector<asio::ip::address>, monitor::Outcome>;

// At least one; the outcome of a check that got no further otherwise.
monitor::Task<Addresses> addresses_of(Progress& progress, std::string host, Family family);

}  // namespace hale::checks::http
