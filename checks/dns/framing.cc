#include "checks/dns/framing.h"

#include <utility>

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

std::unexpected<Outcome> not_the_answer(const std::string& why) {
  return std::unexpected(Outcome::fail(Reason::kProtocol, Phase::kQuery, "not the answer: " + why));
}

}  // namespace

std::string framed(const std::vector<std::uint8_t>& message) {
  std::string bytes;
  bytes.reserve(message.size() + kLengthBytes);
  bytes += static_cast<char>(message.size() >> 8U);
  bytes += static_cast<char>(message.size() & 0xFFU);
  bytes.append(message.begin(), message.end());
  return bytes;
}

std::optional<std::size_t> announced_size(std::string_view received) {
  if (received.size() < kLengthBytes) {
    return std::nullopt;
  }
  const auto byte = [received](std::size_t i) { return static_cast<unsigned char>(received[i]); };
  return static_cast<std::size_t>(byte(0)) * 256 + byte(1);
}

ReplyOrFailure take_message(Bytes bytes, std::uint16_t id, const Question& question) {
  std::expected<Message, std::string> message = parse_message(bytes);
  if (!message) {
    return std::unexpected(malformed(message.error()));
  }
  if (message->id != id) {
    return not_the_answer("it has another id");
  }
  if (const auto why = not_an_answer_to(*message, question)) {
    return not_the_answer(*why);
  }
  return Reply{.message = std::move(*message), .bytes = bytes.size()};
}

Outcome malformed(const std::string& why) {
  return Outcome::fail(Reason::kProtocol, Phase::kQuery, "the answer is no DNS message: " + why);
}

}  // namespace hale::checks::dns
