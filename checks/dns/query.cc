#include "checks/dns/query.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/dns/codes.h"
#include "checks/dns/framing.h"
#include "checks/net/connect.h"
#include "checks/net/datagram.h"
#include "checks/net/nonce.h"
#include "checks/net/time_limit.h"
#include "monitor/format.h"

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::TimePoint;

// Datagrams that came and were not the answer.
struct Strangers {
  std::size_t count = 0;
  std::string last;  // what spoke against the last one

  void add(std::string why) {
    ++count;
    last = std::move(why);
  }
};

// Nullopt: it is not the answer, and another one may come.
std::optional<ReplyOrFailure> take(Bytes datagram, std::uint16_t id, const Question& question,
                                   Strangers& strangers) {
  const std::optional<std::uint16_t> its_id = message_id(datagram);
  if (!its_id) {
    strangers.add("it is shorter than a header");
    return std::nullopt;
  }
  if (*its_id != id) {
    strangers.add("it has another id");
    return std::nullopt;
  }
  std::expected<Message, std::string> message = parse_message(datagram);
  if (!message) {
    return std::unexpected(malformed(message.error()));
  }
  if (auto why = not_an_answer_to(*message, question)) {
    strangers.add(std::move(*why));
    return std::nullopt;
  }
  return Reply{std::move(*message), datagram.size(), Transport::kUdp, false};
}

Outcome no_answer(const Strangers& strangers, monitor::Duration patience, int tries) {
  const std::string time = monitor::format_duration(patience);
  if (strangers.count > 0) {
    return Outcome::fail(Reason::kProtocol, Phase::kQuery,
                         std::to_string(strangers.count) + " datagrams within " + time +
                             ", none of them the answer: " + strangers.last);
  }
  std::string message = "no answer within " + time;
  if (tries > 1) {
    message += " to " + std::to_string(tries) + " questions";
  }
  return Outcome::fail(Reason::kTimeout, Phase::kQuery, std::move(message));
}

Outcome query_failure(const asio::error_code& error) {
  Outcome outcome = connect_failure(error);
  outcome.phase = Phase::kQuery;
  return outcome;
}

}  // namespace

monitor::Task<ReplyOrFailure> ask_udp(Progress& progress, Query query, asio::ip::address server,
                                      std::uint16_t port, TimePoint give_up) {
  progress.enter(Phase::kQuery);
  const TimePoint started = progress.clock().now();
  DatagramSocket socket(progress.context().executor());
  const asio::error_code opened = open_datagram(socket, asio::ip::udp::endpoint(server, port));
  if (opened) {
    co_return std::unexpected(query_failure(opened));
  }
  const std::uint16_t id = nonce16();
  const std::vector<std::uint8_t> bytes =
      make_query(id, query.name, query.question.type, query.options);
  const auto space = std::make_unique_for_overwrite<std::uint8_t[]>(kMostDatagramBytes);
  const std::span<std::uint8_t> buffer(space.get(), kMostDatagramBytes);
  Strangers strangers;
  for (int left = query.tries; left > 0; --left) {
    const asio::error_code sent = send_datagram(socket, bytes);
    if (sent) {
      co_return std::unexpected(query_failure(sent));
    }
    const TimePoint now = progress.clock().now();
    const TimePoint until = left == 1 ? give_up : now + (give_up - now) / left;
    Received received;
    while (received.in_time) {
      received = co_await receive_until(socket, progress.clock(), buffer, until);
      if (received.error) {
        co_return std::unexpected(query_failure(received.error));
      }
      std::optional<ReplyOrFailure> reply;
      if (received.in_time) {
        reply = take(buffer.first(received.size), id, query.question, strangers);
      }
      if (reply && reply->has_value() && (*reply)->message.truncated) {
        socket.close();
        if (progress.verbose()) {
          progress.tell("the answer is cut off: asking again over TCP");
        }
        ReplyOrFailure whole = co_await ask_tcp(progress, std::move(query), server, port, give_up);
        if (whole) {
          whole->fell_back = true;
        } else {
          whole.error().message =
              "cut off over UDP, and over TCP: " + std::move(whole.error().message);
        }
        co_return whole;
      }
      if (reply) {
        co_return std::move(*reply);
      }
      if (received.in_time && progress.verbose()) {
        progress.tell("passed over a datagram: " + strangers.last);
      }
    }
  }
  co_return std::unexpected(no_answer(strangers, give_up - started, query.tries));
}

monitor::Task<ReplyOrFailure> ask_tcp(Progress& progress, Query query, asio::ip::address server,
                                      std::uint16_t port, TimePoint give_up) {
  progress.enter(Phase::kConnect);
  const TimePoint started = progress.clock().now();
  const asio::ip::tcp::endpoint endpoint(server, port);
  Socket socket(progress.context().executor());
  const TimeLimit limit(progress.clock(), give_up, [&socket] {
    asio::error_code ignored;
    socket.close(ignored);
  });
  const asio::error_code error = co_await connect(socket, endpoint);
  if (limit.reached()) {
    co_return std::unexpected(connect_timeout(give_up - started));
  }
  if (error == asio::error::operation_aborted) {
    throw asio::system_error(error);
  }
  if (error) {
    co_return std::unexpected(connect_failure(error));
  }
  progress.enter(Phase::kQuery);
  ReplyOrFailure reply = co_await exchange_framed(socket, limit, std::move(query));
  if (limit.reached() && !reply) {
    reply.error().message += " within " + monitor::format_duration(give_up - started);
  }
  if (reply) {
    reply->transport = Transport::kTcp;
  }
  co_return reply;
}

}  // namespace hale::checks::dns
