#include "checks/dns/query.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "checks/dns/codes.h"
#include "checks/dns/framing.h"
#include "checks/dns/stream_query.h"
#include "checks/net/connect.h"
#include "checks/net/datagram.h"
#include "checks/net/nonce.h"
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
  return Reply{.message = std::move(*message), .bytes = datagram.size()};
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

monitor::Task<ReplyOrFailure> ask_udp(monitor::RunContext& context, Query query,
                                      asio::ip::address server, std::uint16_t port,
                                      TimePoint give_up) {
  context.enter(Phase::kQuery);
  const TimePoint started = context.clock().now();
  DatagramSocket socket(context.executor());
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
    const TimePoint now = context.clock().now();
    const TimePoint until = left == 1 ? give_up : now + (give_up - now) / left;
    Received received;
    while (received.in_time) {
      received = co_await receive_until(socket, context.clock(), buffer, until);
      if (received.error) {
        co_return std::unexpected(query_failure(received.error));
      }
      std::optional<ReplyOrFailure> reply;
      if (received.in_time) {
        reply = take(buffer.first(received.size), id, query.question, strangers);
      }
      if (reply && reply->has_value() && (*reply)->message.truncated) {
        socket.close();
        if (context.verbose()) {
          context.tell("the answer is cut off: asking again over TCP");
        }
        StreamServer same{.address = server, .port = port};
        StreamReply whole =
            co_await ask_stream(context, std::move(query), std::move(same), give_up);
        if (whole.reply) {
          whole.reply->fell_back = true;
        } else {
          whole.reply.error().message =
              "cut off over UDP, and over TCP: " + std::move(whole.reply.error().message);
        }
        co_return std::move(whole.reply);
      }
      if (reply) {
        co_return std::move(*reply);
      }
      if (received.in_time && context.verbose()) {
        context.tell("passed over a datagram: " + strangers.last);
      }
    }
  }
  co_return std::unexpected(no_answer(strangers, give_up - started, query.tries));
}

}  // namespace hale::checks::dns
