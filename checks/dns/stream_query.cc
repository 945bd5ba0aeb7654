#include "checks/dns/stream_query.h"

#include <utility>

#include "checks/dns/framing.h"
#include "checks/net/dialogue.h"
#include "checks/net/nonce.h"
#include "checks/net/stream.h"
#include "monitor/runtime/first_of.h"

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

// Holds what came of the answer, so that a run that was cut short can say how far it got.
class Exchange {
 public:
  // The arguments outlive it.
  Exchange(RunContext& context, const Query& query, const StreamServer& server)
      : context_(context), query_(query), server_(server), stream_(context) {}

  Task<ReplyOrFailure> run();
  Outcome interrupted();
  const ByteStream& stream() const { return stream_; }

 private:
  Task<ByteStream::Failure> open();
  Task<ByteStream::Failure> read_answer();
  Outcome broken(Outcome failure) const;
  ByteStream::Failure speaks_tls() const;
  std::string progress() const;

  RunContext& context_;
  const Query& query_;
  const StreamServer& server_;
  ByteStream stream_;
  std::string length_;    // the two bytes before the answer, once they are there
  std::size_t size_ = 0;  // what they announce
};

Task<ReplyOrFailure> Exchange::run() {
  ByteStream::Failure failure = co_await open();
  if (failure) {
    co_return std::unexpected(std::move(*failure));
  }
  context_.enter(Phase::kQuery);
  const std::uint16_t id = nonce16();
  std::string question = framed(make_query(id, query_.name, query_.question.type, query_.options));
  failure = co_await stream_.write_all(std::move(question));
  if (!failure) {
    failure = co_await read_answer();
  }
  if (failure) {
    co_return std::unexpected(broken(std::move(*failure)));
  }
  const std::string_view answer = stream_.received().substr(0, size_);
  const std::vector<std::uint8_t> bytes(answer.begin(), answer.end());
  co_return take_message(bytes, id, query_.question);
}

Task<ByteStream::Failure> Exchange::open() {
  std::string address = server_.address.to_string();
  ByteStream::Failure failure = co_await stream_.open(std::move(address), server_.port);
  if (!failure && server_.secured) {
    tls::TlsOptions options = server_.secured->options;
    std::string host = server_.secured->host;
    failure = co_await stream_.start_tls(std::move(options), std::move(host));
  }
  co_return failure;
}

// The length is taken off at once: with it, the longest message would not fit into the stream.
Task<ByteStream::Failure> Exchange::read_answer() {
  while (true) {
    const std::optional<std::size_t> announced =
        length_.empty() ? announced_size(stream_.received()) : std::nullopt;
    if (announced) {
      length_ = stream_.received().substr(0, kLengthBytes);
      size_ = *announced;
      stream_.take(kLengthBytes);
    }
    if (!length_.empty() && stream_.received().size() >= size_) {
      co_return std::nullopt;
    }
    ByteStream::Failure failure = co_await stream_.read_more();
    if (failure) {
      co_return failure;
    }
  }
}

std::string Exchange::progress() const {
  const std::size_t got = stream_.received().size();
  if (length_.empty()) {
    return got == 0 ? "no answer" : "only " + std::to_string(got) + " bytes of the answer's length";
  }
  return "only " + std::to_string(got) + " bytes of an answer of " + std::to_string(size_);
}

// A length that is none, but the beginning of an alert.
ByteStream::Failure Exchange::speaks_tls() const {
  const std::string head = length_ + std::string(stream_.received().substr(0, 1));
  if (stream_.encrypted() || !looks_like_tls(head)) {
    return std::nullopt;
  }
  return Outcome::fail(Reason::kProtocol, Phase::kQuery,
                       "the server speaks TLS on this port (write transport = \"tls\")",
                       "NOT_PLAIN");
}

Outcome Exchange::broken(Outcome failure) const {
  if (auto other = speaks_tls()) {
    return std::move(*other);
  }
  if (failure.code == "EOF") {
    return Outcome::fail(Reason::kReset, Phase::kQuery, "the connection was closed: " + progress(),
                         "EOF");
  }
  failure.message += ": " + progress();
  return failure;
}

Outcome Exchange::interrupted() {
  if (auto failure = stream_.not_tls()) {
    return std::move(*failure);
  }
  switch (context_.phase()) {
    case Phase::kQuery:
      if (auto failure = speaks_tls()) {
        return std::move(*failure);
      }
      return out_of_time(context_, progress());
    case Phase::kTls:
      return out_of_time(context_, "the TLS handshake did not come to its end");
    default:
      return out_of_time(context_, "no answer");
  }
}

}  // namespace

Task<StreamReply> ask_stream(RunContext& context, Query query, StreamServer server,
                             monitor::TimePoint give_up) {
  Exchange exchange(context, query, server);
  Task<ReplyOrFailure> task = exchange.run();
  auto reply = co_await monitor::with_deadline(context.executor(), context.clock(), give_up,
                                               std::move(task));
  StreamReply result{.reply = reply ? std::move(*reply) : std::unexpected(exchange.interrupted())};
  result.expires_in = exchange.stream().certificate_expires_in();
  co_return result;
}

}  // namespace hale::checks::dns
