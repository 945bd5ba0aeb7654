#include "checks/net/connect.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <asio/redirect_error.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "checks/os_error.h"
#include "checks/patience.h"
#include "monitor/assert.h"
#include "monitor/format.h"
#include "monitor/runtime/first_of.h"

namespace hale::checks {
namespace {

using asio::ip::tcp;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

struct Meaning {
  int error;
  Result result;
  Reason reason;
  std::string_view text;
};

// The one table of what an errno of socket(2) or connect(2) means. What the peer or the way to it
// did is a failure; what kept the agent from trying is not.
constexpr std::array kMeanings = {
    Meaning{ECONNREFUSED, Result::kFail, Reason::kRefused, "connection refused"},
    Meaning{ECONNRESET, Result::kFail, Reason::kReset, "connection reset"},
    Meaning{ECONNABORTED, Result::kFail, Reason::kReset, "connection aborted"},
    Meaning{EPIPE, Result::kFail, Reason::kReset, "connection closed"},
    Meaning{ETIMEDOUT, Result::kFail, Reason::kTimeout, "the kernel got no answer"},
    Meaning{ENETUNREACH, Result::kFail, Reason::kUnreachable, "no route to that network"},
    Meaning{EHOSTUNREACH, Result::kFail, Reason::kUnreachable, "no route to that host"},
    Meaning{ENETDOWN, Result::kFail, Reason::kUnreachable, "the network is down"},
    Meaning{EHOSTDOWN, Result::kFail, Reason::kUnreachable, "the host is down"},
    Meaning{EPROTO, Result::kFail, Reason::kProtocol, "protocol error"},
    Meaning{EMFILE, Result::kUnknown, Reason::kAgent, "the agent has no file descriptor left"},
    Meaning{ENFILE, Result::kUnknown, Reason::kAgent, "the host has no file descriptor left"},
    Meaning{ENOBUFS, Result::kUnknown, Reason::kAgent, "the kernel has no buffer left"},
    Meaning{ENOMEM, Result::kUnknown, Reason::kAgent, "the kernel has no memory left"},
    Meaning{EADDRNOTAVAIL, Result::kUnknown, Reason::kAgent,
            "no local address or port is left to connect from"},
    Meaning{EACCES, Result::kUnknown, Reason::kPermission, "forbidden by this host"},
    Meaning{EPERM, Result::kUnknown, Reason::kPermission, "forbidden by this host's firewall"},
    Meaning{EAFNOSUPPORT, Result::kUnknown, Reason::kUnsupported,
            "this host does not speak that kind of address"},
    Meaning{EINVAL, Result::kUnknown, Reason::kUnsupported,
            "this host cannot connect to such an address"},
};

const Meaning* meaning_of(int error) {
  const auto* const found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [error](const Meaning& m) { return m.error == error; });
  return found == kMeanings.end() ? nullptr : found;
}

// From the most telling to the least: what was not answered or broken off says more than a refusal,
// and that more than the lack of a route, which a host without IPv6 has for half of its addresses.
int rank(const Outcome& outcome) {
  if (outcome.result != Result::kFail) {
    return 5;  // an address that could not be tried does not hide that another one failed
  }
  switch (outcome.reason) {
    case Reason::kTimeout:
      return 0;
    case Reason::kReset:
      return 1;
    case Reason::kRefused:
      return 2;
    case Reason::kUnreachable:
      return 4;
    default:
      return 3;
  }
}

// Below the lowest port that the kernel hands out by itself no connection can meet itself, and most
// services live there: they are spared the question.
constexpr asio::ip::port_type kLowestEphemeralPort = 1024;

bool met_itself(const Socket& socket, const tcp::endpoint& endpoint) {
  if (endpoint.port() < kLowestEphemeralPort) {
    return false;
  }
  asio::error_code ignored;
  return socket.local_endpoint(ignored) == endpoint;
}

asio::error_code open(Socket& socket, const tcp::endpoint& endpoint) {
  asio::error_code error;
  // In one call, so that no program that another check starts meanwhile inherits it.
  const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return {errno, asio::system_category()};
  }
  socket.assign(endpoint.protocol(), fd, error);
  if (error) {
    ::close(fd);
  }
  return error;
}

}  // namespace

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  std::string text = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return text + ":" + std::to_string(endpoint.port());
}

monitor::Task<asio::error_code> connect(Socket& socket, tcp::endpoint endpoint) {
  asio::error_code error = open(socket, endpoint);
  if (error) {
    co_return error;
  }
  co_await socket.async_connect(endpoint, asio::redirect_error(monitor::kUseTask, error));
  if (!error && met_itself(socket, endpoint)) {
    error = asio::error::connection_refused;
  }
  co_return error;
}

Outcome connect_failure(const asio::error_code& error, std::string_view prefix) {
  const Meaning* const meaning = meaning_of(error.value());
  Outcome outcome;
  outcome.result = meaning != nullptr ? meaning->result : Result::kFail;
  outcome.reason = meaning != nullptr ? meaning->reason : Reason::kUnreachable;
  outcome.phase = Phase::kConnect;
  outcome.code = errno_name(error.value());
  outcome.message = prefix;
  outcome.message += meaning != nullptr ? std::string(meaning->text) : errno_text(error.value());
  return outcome;
}

Outcome connect_timeout(monitor::Duration patience, std::string_view prefix) {
  return Outcome::fail(
      Reason::kTimeout, Phase::kConnect,
      std::string(prefix) + "no answer within " + monitor::format_duration(patience));
}

Outcome merge_failures(std::vector<Outcome> failures) {
  HALE_ASSERT(!failures.empty());
  const auto first =
      std::min_element(failures.begin(), failures.end(),
                       [](const Outcome& a, const Outcome& b) { return rank(a) < rank(b); });
  Outcome merged = *first;
  merged.message.clear();
  for (const Outcome& failure : failures) {
    merged.message += (merged.message.empty() ? "" : "; ") + failure.message;
  }
  return merged;
}

monitor::Task<Outcome> connect_first(monitor::RunContext& context,
                                     std::vector<asio::ip::address> addresses,
                                     asio::ip::port_type port, Socket& socket) {
  context.enter(Phase::kConnect);
  const monitor::TimePoint started = context.clock().now();
  const monitor::TimePoint give_up = patience_ends(context);
  std::vector<Outcome> failures;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const tcp::endpoint endpoint(addresses[i], port);
    const std::string peer = endpoint_text(endpoint);
    context.set_peer(peer);
    const monitor::TimePoint now = context.clock().now();
    const auto share = (give_up - now) / static_cast<std::int64_t>(addresses.size() - i);
    asio::error_code ignored;
    socket.close(ignored);
    auto task = connect(socket, endpoint);  // has ended before with_deadline() returns
    const std::optional<asio::error_code> ended = co_await monitor::with_deadline(
        context.executor(), context.clock(), now + share, std::move(task));
    if (!ended) {
      failures.push_back(connect_timeout(share, peer + ": "));
    } else if (*ended) {
      failures.push_back(connect_failure(*ended, peer + ": "));
    } else {
      const monitor::Duration spent = context.clock().now() - started;
      std::string message = "connected in " + monitor::format_duration(spent) + " to " + peer;
      for (const Outcome& failure : failures) {
        message += "; " + failure.message;
      }
      co_return Outcome::pass(std::move(message));
    }
  }
  co_return merge_failures(std::move(failures));
}

}  // namespace hale::checks
