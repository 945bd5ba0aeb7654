#include "checks/websocket/session.h"

#include <utility>

#include "checks/excerpt.h"
#include "monitor/format.h"
#include "monitor/runtime/random.h"

namespace hale::checks::websocket {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Task;

// Of frames that are answered or passed over while one message is waited for.
constexpr std::size_t kMostEvents = 10000;
constexpr std::size_t kMostMessages = 1000;

std::string random_bytes(monitor::Random& random, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(random.below(256));
  }
  return bytes;
}

}  // namespace

Session::Session(monitor::RunContext& context, const WebSocketOptions& options)
    : context_(context), options_(options), stream_(context), reader_(options.max_message) {
  for (const MessageStep& step : options_.dialogue) {
    if (const auto* const to_send = std::get_if<Send>(&step)) {
      mask_.add_sent(to_send->data);
    }
  }
}

std::string Session::shown(std::string_view said) const {
  return mask_.apply(std::string(said));
}

Task<Outcome> Session::run() {
  std::string host = options_.url.host;
  Failure failure = co_await stream_.open(std::move(host), options_.url.port);
  if (!failure && options_.url.secure) {
    tls::TlsOptions options = options_.tls_options;
    host = options_.url.host;
    failure = co_await stream_.start_tls(std::move(options), std::move(host));
  }
  if (!failure) {
    failure = co_await upgrade();
  }
  if (!failure) {
    failure = co_await talk();
  }
  if (failure) {
    co_return std::move(*failure);
  }
  failure = co_await send(Opcode::kClose, std::string("\x03\xe8", 2));  // 1000: done
  const monitor::Duration spent = context_.clock().now() - context_.started();
  std::string message = (options_.dialogue.empty() ? "upgraded in " : "answered as expected in ") +
                        monitor::format_duration(spent);
  if (stream_.encrypted()) {
    message += "; " + stream_.tls_text();
  }
  co_return Outcome::pass(std::move(message));
}

Task<Session::Failure> Session::upgrade() {
  context_.enter(Phase::kSend);
  const std::string key = random_bytes(context_.services().random, 16);
  std::string request = upgrade_request(options_.url, key, options_.subprotocol, options_.headers);
  Failure failure = co_await stream_.write_all(std::move(request));
  if (failure) {
    co_return failure;
  }
  context_.enter(Phase::kFirstByte);
  Answer answer;
  failure = co_await read_answer(answer);
  if (!failure) {
    failure = judge_answer(answer, key, options_.subprotocol);
  }
  upgraded_ = !failure;
  co_return failure;
}

Task<Session::Failure> Session::read_answer(Answer& answer) {
  while (true) {
    const std::string_view received = stream_.received();
    const Judgement judgement = parse_answer(received, answer);
    if (judgement.kind == Judgement::Kind::kDone) {
      if (context_.verbose()) {
        context_.tell("received " +
                      in_quotes(shown(received.substr(0, judgement.size)), kExcerptBytes));
      }
      if (answer.status != 101) {
        excerpt_ = escaped(shown(received));
      }
      stream_.take(judgement.size);
      co_return std::nullopt;
    }
    if (judgement.kind == Judgement::Kind::kWrong) {
      excerpt_ = escaped(shown(received));
      if (!stream_.encrypted() && looks_like_tls(received)) {
        co_return Outcome::fail(Reason::kProtocol, context_.phase(),
                                "the peer speaks TLS (write \"wss://\")", "NOT_PLAIN");
      }
      co_return Outcome::fail(Reason::kProtocol, context_.phase(),
                              judgement.text + ": it sent " + in_quotes(shown(received)));
    }
    Failure failure = co_await stream_.read_more();
    if (failure) {
      excerpt_ = escaped(shown(stream_.received()));
      failure->message = "waiting for the answer to the upgrade: " + failure->message;
      co_return failure;
    }
  }
}

std::string Session::where() const {
  return "step " + std::to_string(at_ + 1) + " of " + std::to_string(options_.dialogue.size()) +
         ": ";
}

Task<Session::Failure> Session::talk() {
  context_.enter(Phase::kTransfer);
  for (at_ = 0; at_ < options_.dialogue.size(); ++at_) {
    const MessageStep& step = options_.dialogue[at_];
    Failure failure;
    if (const auto* const to_send = std::get_if<Send>(&step)) {
      if (context_.verbose()) {
        context_.tell(where() + "sending " + std::to_string(to_send->data.size()) + " bytes");
      }
      std::string data = to_send->data;
      failure = co_await send(Opcode::kText, std::move(data));
    } else {
      failure = co_await expect(std::get<Expect>(step).pattern);
    }
    if (failure) {
      co_return failure;
    }
  }
  co_return std::nullopt;
}

Task<Session::Failure> Session::expect(const Pattern& pattern) {
  last_.clear();
  for (messages_ = 0; messages_ < kMostMessages; ++messages_) {
    std::string message;
    Failure failure = co_await next_message(message);
    if (failure) {
      failure->message =
          where() + "expected a message /" + pattern.text() + "/: " + failure->message;
      co_return failure;
    }
    if (context_.verbose()) {
      context_.tell(where() + "received " + in_quotes(shown(message), kExcerptBytes));
    }
    if (pattern.match_end(message)) {
      co_return std::nullopt;
    }
    last_ = shown(message);
  }
  excerpt_ = escaped(last_);
  co_return Outcome::fail(Reason::kValidation, context_.phase(),
                          where() + "none of " + std::to_string(kMostMessages) +
                              " messages was the expected /" + pattern.text() +
                              "/, the last: " + in_quotes(last_));
}

Task<Session::Failure> Session::next_message(std::string& message) {
  for (std::size_t events = 0; events < kMostEvents;) {
    std::string_view received = stream_.received();
    const std::size_t before = received.size();
    Event event = reader_.next(received);
    stream_.take(before - received.size());
    Failure failure;
    switch (event.kind) {
      case Event::Kind::kMessage:
        message = std::move(event.data);
        co_return std::nullopt;
      case Event::Kind::kPing:
        failure = co_await send(Opcode::kPong, std::move(event.data));
        ++events;
        break;
      case Event::Kind::kPong:
        ++events;
        break;
      case Event::Kind::kMore:
        failure = co_await stream_.read_more();
        break;
      case Event::Kind::kClose:
      case Event::Kind::kWrong:
      case Event::Kind::kTooLong:
        co_return ended_by(event);
    }
    if (failure) {
      co_return failure;
    }
  }
  co_return Outcome::fail(Reason::kProtocol, context_.phase(),
                          "the server sends pings and pongs without end");
}

Outcome Session::ended_by(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kClose:
      excerpt_ = escaped(shown(event.data));
      return Outcome::fail(Reason::kStatus, context_.phase(),
                           "the server closed with code " + std::to_string(event.code) +
                               (event.data.empty() ? "" : " " + in_quotes(shown(event.data))),
                           std::to_string(event.code));
    case Event::Kind::kTooLong:
      return Outcome::fail(Reason::kProtocol, context_.phase(),
                           "a message is longer than " +
                               monitor::format_bytes(static_cast<double>(options_.max_message)) +
                               " (`max_message`)",
                           "TOO_LONG");
    default:
      return Outcome::fail(Reason::kProtocol, context_.phase(), event.data);
  }
}

Task<Session::Failure> Session::send(Opcode opcode, std::string payload) {
  const auto mask = static_cast<std::uint32_t>(context_.services().random.next());
  std::string frame = encode_frame(opcode, payload, mask);
  co_return co_await stream_.write_all(std::move(frame));
}

Outcome Session::interrupted() {
  if (auto failure = stream_.not_tls()) {
    return std::move(*failure);
  }
  if (!upgraded_) {
    excerpt_ = escaped(shown(stream_.received()));
    return out_of_time(context_,
                       stream_.received().empty() ? "no answer" : "no whole answer to the upgrade");
  }
  const auto* const step =
      at_ < options_.dialogue.size() ? std::get_if<Expect>(&options_.dialogue[at_]) : nullptr;
  if (step == nullptr) {
    return out_of_time(context_, "nothing could be sent");
  }
  const std::string expected = where() + "expected a message /" + step->pattern.text() + "/";
  if (messages_ == 0) {
    return out_of_time(context_, expected + ", got none");
  }
  excerpt_ = escaped(last_);
  Outcome outcome = out_of_time(context_, expected + ", got " + std::to_string(messages_) +
                                              " others, the last: " + in_quotes(last_));
  outcome.reason = Reason::kValidation;
  return outcome;
}

}  // namespace hale::checks::websocket
