#include "checks/net/family.h"

#include <utility>
#include <vector>

#include "checks/net/resolve.h"

namespace hale::checks {

monitor::KeyDescriptor family_key() {
  return {.name = "family",
          .type = monitor::KeyType::kChoice,
          .help =
              "Which of a name's addresses to use: of any kind in the system's order, or only "
              "IPv4 or IPv6.",
          .default_value = std::string("any"),
          .choices = {"any", "ipv4", "ipv6"}};
}

monitor::KeyDescriptor single_host_key() {
  return {.name = "host",
          .type = monitor::KeyType::kString,
          .help =
              "Name or address, IPv4 or IPv6. Of a name's addresses only the first that "
              "`family` allows is asked.",
          .required = true};
}

Family family_of(std::string_view choice) {
  return choice == "ipv4" ? Family::kIpv4 : choice == "ipv6" ? Family::kIpv6 : Family::kAny;
}

bool is_of(const asio::ip::address& address, Family family) {
  return family == Family::kAny || address.is_v4() == (family == Family::kIpv4);
}

monitor::Task<std::expected<asio::ip::address, monitor::Outcome>> address_of(
    monitor::RunContext& context, std::string host, Family family) {
  std::vector<asio::ip::address> addresses;
  if (const auto literal = literal_address(host)) {
    addresses.push_back(*literal);
  } else {
    std::string name = host;
    auto resolved = co_await resolve(context, std::move(name));
    if (!resolved) {
      co_return std::unexpected(std::move(resolved.error()));
    }
    addresses = std::move(*resolved);
  }
  for (const asio::ip::address& address : addresses) {
    if (is_of(address, family)) {
      if (context.verbose() && !literal_address(host)) {
        context.tell(host + " is " + address.to_string());
      }
      co_return address;
    }
  }
  co_return std::unexpected(monitor::Outcome::fail(
      monitor::Reason::kDns, monitor::Phase::kResolve,
      host + " has no " + (family == Family::kIpv4 ? "IPv4" : "IPv6") + " address"));
}

}  // namespace hale::checks
