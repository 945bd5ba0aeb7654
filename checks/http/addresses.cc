#include "checks/http/addresses.h"

#include <utility>

#include "checks/net/resolve.h"

namespace hale::checks::http {
namespace {

using asio::ip::address;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

Addresses of_family(std::vector<address> addresses, Family family, const std::string& host) {
  std::erase_if(addresses, [family](const address& one) {
    return (family == Family::kIPv4 && !one.is_v4()) || (family == Family::kIPv6 && !one.is_v6());
  });
  if (addresses.empty()) {
    const std::string wanted = family == Family::kIPv4 ? "IPv4" : "IPv6";
    return std::unexpected(
        Outcome::fail(Reason::kDns, Phase::kResolve, host + " has no " + wanted + " address"));
  }
  return addresses;
}

}  // namespace

Family family_of(const std::string& word) {
  return word == "ipv4" ? Family::kIPv4 : word == "ipv6" ? Family::kIPv6 : Family::kAny;
}

monitor::Task<Addresses> addresses_of(Progress& progress, std::string host, Family family) {
  if (const auto literal = literal_address(host)) {
    co_return of_family(std::vector<address>(1, *literal), family, host);
  }
  progress.enter(Phase::kResolve);
  auto addresses = co_await resolve(progress.context(), host);
  if (!addresses) {
    co_return std::unexpected(std::move(addresses.error()));
  }
  if (progress.verbose()) {
    std::string line = host + " is";
    for (const address& one : *addresses) {
      line += " " + one.to_string();
    }
    progress.tell(line);
  }
  co_return of_family(std::move(*addresses), family, host);
}

}  // namespace hale::checks::http
