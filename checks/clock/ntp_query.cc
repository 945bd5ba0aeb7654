#include "checks/clock/ntp_query.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "checks/net/connect.h"
#include "checks/net/datagram.h"
#include "checks/net/nonce.h"
#include "checks/net/resolve.h"
#include "checks/proc/text.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using asio::ip::udp;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

constexpr std::size_t kRequests = 3;
constexpr int kMostDatagrams = 16;  // that may come to one request and be no answer to it

// What one request came to: an answer that counts, an outcome, or neither when nothing came that
// answers it.
struct Exchange {
  std::optional<NtpSample> sample;
  std::optional<Outcome> failure;
  std::optional<NtpMismatch> ignored;  // the last that came and was no answer
};

Task<Exchange> ask_once(RunContext& context, udp::endpoint peer, TimePoint until) {
  Exchange exchange;
  std::array<std::uint8_t, 8> nonce_bytes{};
  fill_nonce(nonce_bytes);
  const auto nonce = std::bit_cast<std::uint64_t>(nonce_bytes);
  const std::array<std::uint8_t, kNtpPacketSize> request = ntp_request(nonce);
  DatagramSocket socket(context.executor());
  const NtpTime sent = to_ntp(context.clock().wall_now());
  const TimePoint sent_at = context.clock().now();
  const asio::error_code error = send_datagram(socket, peer, request);
  if (error) {
    exchange.failure = connect_failure(error);
    co_return exchange;
  }
  for (int i = 0; i < kMostDatagrams; ++i) {
    const std::optional<Datagram> datagram = co_await receive_datagram(context, socket, until);
    if (!datagram) {
      co_return exchange;
    }
    if (datagram->error) {
      exchange.failure = connect_failure(datagram->error);
      co_return exchange;
    }
    const auto answer = parse_ntp_answer(datagram->data(), nonce);
    if (!answer) {
      exchange.ignored = answer.error();
      continue;
    }
    // Not the wall clock again: it may have been set since.
    const NtpTime received =
        sent + to_ntp(monitor::WallTime(datagram->at - sent_at)) - to_ntp(monitor::WallTime());
    auto judged = judge_ntp_answer(*answer, sent, received);
    if (judged) {
      exchange.sample = *judged;
    } else {
      exchange.failure = std::move(judged.error());
    }
    co_return exchange;
  }
  co_return exchange;
}

Outcome no_answer(std::optional<NtpMismatch> ignored, monitor::Duration patience) {
  if (!ignored) {
    return Outcome::fail(Reason::kTimeout, Phase::kFirstByte,
                         "no answer within " + monitor::format_duration(patience));
  }
  switch (*ignored) {
    case NtpMismatch::kShort:
      return Outcome::fail(Reason::kProtocol, Phase::kFirstByte,
                           "sends what is too short for a packet of NTP", "short");
    case NtpMismatch::kMode:
      return Outcome::fail(Reason::kProtocol, Phase::kFirstByte, "sends what is no answer of NTP",
                           "mode");
    case NtpMismatch::kOrigin:
      break;
  }
  return Outcome::fail(Reason::kProtocol, Phase::kFirstByte,
                       "answers what was not asked (the origin timestamp is not ours)", "origin");
}

bool is_host(std::string_view text) {
  const auto odd = [](char c) { return c <= ' ' || c > '~' || c == '/' || c == ':' || c == '['; };
  return !text.empty() && text.size() <= 253 && std::none_of(text.begin(), text.end(), odd);
}

}  // namespace

monitor::Parsed<NtpServer> parse_ntp_server(std::string_view text) {
  NtpServer server;
  server.shown = text;
  if (literal_address(server.shown)) {
    server.host = server.shown;
    return server;
  }
  std::string_view host = text;
  if (const std::size_t colon = text.rfind(':');
      colon != std::string_view::npos && !text.ends_with(']')) {
    const auto port = to_number<std::uint16_t>(text.substr(colon + 1));
    if (!port || *port == 0) {
      return std::unexpected("is not a server (write \"ntp.example.org\" or \"192.0.2.1:123\")");
    }
    server.port = *port;
    host = text.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    server.host = host;
    if (!literal_address(server.host)) {
      return std::unexpected("is not a server (in brackets belongs an IPv6 address)");
    }
    return server;
  }
  if (!is_host(host)) {
    return std::unexpected("is not a server (write \"ntp.example.org\" or \"192.0.2.1:123\")");
  }
  server.host = host;
  return server;
}

Task<std::expected<NtpReply, Outcome>> ask_ntp_server(RunContext& context, NtpServer server,
                                                      TimePoint give_up) {
  const TimePoint started = context.clock().now();
  const auto named = [&server](Outcome outcome) {
    outcome.message.insert(0, server.shown + ": ");
    return outcome;
  };
  std::vector<asio::ip::address> addresses;
  if (const auto literal = literal_address(server.host)) {
    addresses.push_back(*literal);
  } else {
    std::string host = server.host;
    auto resolved = co_await resolve(context, std::move(host));
    if (!resolved) {
      co_return std::unexpected(std::move(resolved.error()));
    }
    addresses = std::move(*resolved);
  }
  context.enter(Phase::kFirstByte);
  std::optional<Outcome> failure;
  std::optional<NtpMismatch> ignored;
  for (std::size_t i = 0; i < kRequests; ++i) {
    const udp::endpoint peer(addresses[i % addresses.size()], server.port);
    const TimePoint now = context.clock().now();
    const auto share = (give_up - now) / static_cast<std::int64_t>(kRequests - i);
    const Exchange exchange = co_await ask_once(context, peer, now + share);
    if (exchange.sample) {
      std::string text = endpoint_text(asio::ip::tcp::endpoint(peer.address(), peer.port()));
      co_return NtpReply{.sample = *exchange.sample, .peer = std::move(text)};
    }
    ignored = exchange.ignored ? exchange.ignored : ignored;
    failure = exchange.failure ? exchange.failure : failure;
    // A server that says no says it again; another address may not.
    if (exchange.failure && i + 1 >= addresses.size()) {
      break;
    }
  }
  if (!failure) {
    failure = no_answer(ignored, give_up - started);
  }
  co_return std::unexpected(named(std::move(*failure)));
}

}  // namespace hale::checks
