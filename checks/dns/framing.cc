#include "checks/dns/framing.h"

#include "checks/net/connect.h"
#include "checks/net/nonce.h"

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

}  // namespace

Outcome malformed(const std::string& why) {
  return Outcome::fail(Reason::kProtocol, Phase::kQuery, "the answer is no DNS message: " + why);
}

Outcome broken_stream(const asio::error_code& error, bool limit_reached, std::size_t got,
                      std::size_t whole) {
  const std::string progress =
      whole == 0 && got == 0
          ? "no answer"
          : "only " + std::to_string(got) + " bytes of " +
                (whole == 0 ? "the answer's length" : "an answer of " + std::to_string(whole));
  if (limit_reached) {
    return Outcome::fail(Reason::kTimeout, Phase::kQuery, progress);
  }
  if (error == asio::error::operation_aborted) {
    throw asio::system_error(error);
  }
  if (error == asio::error::eof) {
    return Outcome::fail(Reason::kReset, Phase::kQuery, "the connection was closed: " + progress,
                         "EOF");
  }
  Outcome outcome = connect_failure(error);
  outcome.phase = Phase::kQuery;
  return outcome;
}

ReplyOrFailure take_framed(Bytes bytes, std::uint16_t id, const Question& question) {
  std::expected<Message, std::string> message = parse_message(bytes);
  if (!message) {
    return std::unexpected(malformed(message.error()));
  }
  if (message->id != id) {
    return std::unexpected(
        Outcome::fail(Reason::kProtocol, Phase::kQuery, "not the answer: it has another id"));
  }
  if (const auto why = not_an_answer_to(*message, question)) {
    return std::unexpected(
        Outcome::fail(Reason::kProtocol, Phase::kQuery, "not the answer: " + *why));
  }
  return Reply{std::move(*message), bytes.size(), Transport::kTcp, false};
}

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(message.size() + 2);
  bytes.push_back(static_cast<std::uint8_t>(message.size() >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(message.size() & 0xFFU));
  bytes.insert(bytes.end(), message.begin(), message.end());
  return bytes;
}

std::uint16_t stream_id() {
  return nonce16();
}

}  // namespace hale::checks::dns
