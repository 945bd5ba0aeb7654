#include "checks/net/resolve.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <asio/error.hpp>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>
#include <asio/system_error.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "checks/os_error.h"
#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using asio::ip::address;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;

struct Lookup {
  int error = 0;         // getaddrinfo's
  int system_error = 0;  // errno, with EAI_SYSTEM
  std::vector<address> addresses;
};

std::optional<address> to_address(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, info.ai_addr, sizeof(v4));
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (info.ai_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, info.ai_addr, sizeof(v6));
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, v6.sin6_scope_id);
  }
  return std::nullopt;
}

// On a thread of the pool.
Lookup look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Lookup lookup;
  lookup.error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (lookup.error != 0) {
    lookup.system_error = errno;
    return lookup;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &::freeaddrinfo);
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    const std::optional<address> found = to_address(*info);
    const bool is_new = found && std::find(lookup.addresses.begin(), lookup.addresses.end(),
                                           *found) == lookup.addresses.end();
    if (is_new && lookup.addresses.size() < kMostAddresses) {
      lookup.addresses.push_back(*found);
    }
  }
  return lookup;
}

std::string_view gai_name(int error) {
  switch (error) {
    case EAI_ADDRFAMILY:
      return "EAI_ADDRFAMILY";
    case EAI_AGAIN:
      return "EAI_AGAIN";
    case EAI_FAIL:
      return "EAI_FAIL";
    case EAI_FAMILY:
      return "EAI_FAMILY";
    case EAI_MEMORY:
      return "EAI_MEMORY";
    case EAI_NODATA:
      return "EAI_NODATA";
    case EAI_NONAME:
      return "EAI_NONAME";
    case EAI_SERVICE:
      return "EAI_SERVICE";
    case EAI_SYSTEM:
      return "EAI_SYSTEM";
    default:
      return "EAI";
  }
}

Outcome pool_failure(PoolFailure failure, const std::string& host, monitor::Duration patience) {
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::fail(
          Reason::kTimeout, Phase::kResolve,
          "no answer for the name " + host + " within " + monitor::format_duration(patience));
    case PoolFailure::kStuck:
      return Outcome::fail(Reason::kStuck, Phase::kResolve,
                           "an earlier question for the name " + host + " is still unanswered");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kResolve,
                              "the agent had no thread free to resolve " + host);
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kResolve,
                          "the agent failed to resolve " + host);
}

}  // namespace

std::optional<address> literal_address(const std::string& host) {
  asio::error_code error;
  const address parsed = asio::ip::make_address(host, error);
  return error ? std::nullopt : std::optional(parsed);
}

Outcome resolve_failure(int gai_error, int system_error, const std::string& host) {
  const bool is_system = gai_error == EAI_SYSTEM;
  const std::string text =
      is_system ? errno_text(system_error) : std::string(::gai_strerror(gai_error));
  std::string code = is_system ? errno_name(system_error) : std::string(gai_name(gai_error));
  std::string message = "cannot resolve " + host + ": " + text;
  const bool agent_side =
      gai_error == EAI_MEMORY || (is_system && (system_error == EMFILE || system_error == ENFILE ||
                                                system_error == ENOMEM || system_error == ENOBUFS));
  if (agent_side) {
    return Outcome::unknown(Reason::kAgent, Phase::kResolve, std::move(message), std::move(code));
  }
  return Outcome::fail(Reason::kDns, Phase::kResolve, std::move(message), std::move(code));
}

monitor::Task<std::expected<std::vector<address>, Outcome>> resolve(monitor::RunContext& context,
                                                                    std::string host) {
  context.enter(Phase::kResolve);
  const monitor::TimePoint started = context.clock().now();
  const monitor::TimePoint give_up = patience_ends(context);
  std::string key = "resolve:" + host;
  std::function<Lookup()> work = [host] { return look_up(host); };
  const std::expected<Lookup, PoolFailure> reply =
      co_await context.services().resolver.call(std::move(key), give_up, std::move(work));
  if (!reply) {
    if (reply.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    co_return std::unexpected(pool_failure(reply.error(), host, give_up - started));
  }
  if (reply->error != 0) {
    co_return std::unexpected(resolve_failure(reply->error, reply->system_error, host));
  }
  if (reply->addresses.empty()) {
    co_return std::unexpected(resolve_failure(EAI_NODATA, 0, host));
  }
  if (context.verbose()) {
    std::string found;
    for (const address& one : reply->addresses) {
      found += (found.empty() ? "" : ", ") + one.to_string();
    }
    context.tell(host + " has the addresses " + found);
  }
  co_return reply->addresses;
}

}  // namespace hale::checks
