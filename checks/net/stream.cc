#include "checks/net/stream.h"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include "checks/excerpt.h"
#include "checks/net/resolve.h"
#include "checks/tls/failure.h"
#include "checks/tls/materials.h"
#include "monitor/assert.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Task;

constexpr std::size_t kChunk = 16384;
constexpr std::size_t kHead = 64;

void throw_if_cancelled(const asio::error_code& error) {
  if (error == asio::error::operation_aborted) {
    throw asio::system_error(error);
  }
}

// A server whose kernel holds its answer back until the session tickets before it are acknowledged
// would seem 40 ms slower than it is, by our own kernel's delay. The option wears off by itself.
void acknowledge_at_once(Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

}  // namespace

ByteStream::ByteStream(monitor::RunContext& context)
    : context_(context), socket_(context.executor()) {}

ByteStream::~ByteStream() = default;

Task<ByteStream::Failure> ByteStream::open(std::string host, asio::ip::port_type port) {
  std::vector<asio::ip::address> addresses;
  if (const auto literal = literal_address(host)) {
    addresses.push_back(*literal);
  } else {
    auto resolved = co_await resolve(context_, host);
    if (!resolved) {
      co_return std::move(resolved.error());
    }
    addresses = std::move(*resolved);
  }
  Outcome outcome = co_await connect_first(context_, std::move(addresses), port, socket_);
  if (context_.verbose()) {
    context_.tell(outcome.message);
  }
  if (outcome.result != monitor::Result::kPass) {
    co_return outcome;
  }
  // The end of a handshake and the question behind it are two small pieces: the second is otherwise
  // held back until the peer has acknowledged the first.
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return std::nullopt;
}

Task<ByteStream::Failure> ByteStream::start_tls(tls::TlsOptions options, std::string host) {
  HALE_ASSERT(received_.empty() && !ssl_);
  context_.enter(Phase::kTls);
  auto& materials = context_.services().shared<tls::TlsMaterials>();
  auto material = co_await materials.get(context_, options);
  if (!material) {
    co_return std::move(material.error());
  }
  std::string name = options.server_name.empty() ? std::move(host) : options.server_name;
  verification_ = std::make_unique<tls::Verification>(std::move(name), options.verify);
  tls_context_ = (*material)->context;
  ssl_.reset(SSL_new(tls_context_.get()));
  incoming_ = BIO_new(BIO_s_mem());
  outgoing_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), incoming_, outgoing_);
  SSL_set_connect_state(ssl_.get());
  verification_->watch(*ssl_);
  Failure failure = co_await run_tls(Operation::kHandshake, "");
  tell_handshake();
  if (!failure) {
    failure = verification_->verdict(context_.clock().wall_now());
  }
  co_return failure;
}

void ByteStream::tell_handshake() const {
  if (!context_.verbose()) {
    return;
  }
  verification_->tell(context_);
  if (SSL_is_init_finished(ssl_.get()) == 1) {
    context_.tell(tls::session_text(*ssl_));
  }
}

Task<ByteStream::Failure> ByteStream::read_more() {
  if (received_.size() >= kMostReceived) {
    co_return Outcome::fail(
        Reason::kProtocol, context_.phase(),
        "the peer sent more than " + monitor::format_bytes(static_cast<double>(kMostReceived)),
        "TOO_LONG");
  }
  if (ssl_) {
    co_return co_await run_tls(Operation::kRead, "");
  }
  std::array<char, kChunk> chunk;
  const std::size_t room = std::min(chunk.size(), kMostReceived - received_.size());
  asio::error_code error;
  const std::size_t got = co_await socket_.async_read_some(
      asio::buffer(chunk.data(), room), asio::redirect_error(monitor::kUseTask, error));
  if (error) {
    co_return error == asio::error::eof ? end_of_stream() : io_failure(error);
  }
  received_.append(chunk.data(), got);
  co_return std::nullopt;
}

Task<ByteStream::Failure> ByteStream::write_all(std::string data) {
  if (ssl_) {
    co_return data.empty() ? std::nullopt : co_await run_tls(Operation::kWrite, std::move(data));
  }
  asio::error_code error;
  co_await asio::async_write(socket_, asio::buffer(data),
                             asio::redirect_error(monitor::kUseTask, error));
  co_return error ? io_failure(error) : std::nullopt;
}

ByteStream::Step ByteStream::call(Operation operation, std::string& data) {
  ERR_clear_error();
  Step step;
  if (operation == Operation::kHandshake) {
    step.result = SSL_do_handshake(ssl_.get());
  } else if (operation == Operation::kWrite) {
    step.result = SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size()));
  } else {
    data.resize(std::min(kChunk, kMostReceived - received_.size()));
    step.result = SSL_read(ssl_.get(), data.data(), static_cast<int>(data.size()));
  }
  step.error = SSL_get_error(ssl_.get(), step.result);
  step.reason = ERR_peek_error();
  ERR_clear_error();
  return step;
}

Task<ByteStream::Failure> ByteStream::run_tls(Operation operation, std::string data) {
  while (true) {
    const Step step = call(operation, data);
    // Also where the call failed: the peer is told why.
    Failure failure = co_await send_records();
    if (step.result > 0) {
      if (operation == Operation::kRead) {
        received_.append(data, 0, static_cast<std::size_t>(step.result));
      }
      co_return failure;
    }
    if (step.error != SSL_ERROR_WANT_READ || ended_) {
      co_return tls_failure(operation, step);
    }
    if (!failure) {
      failure = co_await receive_records();
    }
    if (failure) {
      Failure other = not_tls();
      co_return other ? other : failure;
    }
  }
}

Task<ByteStream::Failure> ByteStream::send_records() {
  char* begin = nullptr;
  const auto size = BIO_get_mem_data(outgoing_, &begin);
  if (size <= 0) {
    co_return std::nullopt;
  }
  const std::string records(begin, static_cast<std::size_t>(size));
  BIO_reset(outgoing_);
  asio::error_code error;
  co_await asio::async_write(socket_, asio::buffer(records),
                             asio::redirect_error(monitor::kUseTask, error));
  co_return error ? io_failure(error) : std::nullopt;
}

// The end of the stream is for OpenSSL to judge: it is an error unless the peer announced it.
Task<ByteStream::Failure> ByteStream::receive_records() {
  std::array<char, kChunk> chunk;
  asio::error_code error;
  acknowledge_at_once(socket_);
  const std::size_t got = co_await socket_.async_read_some(
      asio::buffer(chunk), asio::redirect_error(monitor::kUseTask, error));
  if (error == asio::error::eof) {
    ended_ = true;
    BIO_set_mem_eof_return(incoming_, 0);
    co_return std::nullopt;
  }
  if (error) {
    co_return io_failure(error);
  }
  tls_head_.append(chunk.data(), std::min(got, kHead - std::min(kHead, tls_head_.size())));
  BIO_write(incoming_, chunk.data(), static_cast<int>(got));
  co_return std::nullopt;
}

ByteStream::Failure ByteStream::tls_failure(Operation operation, const Step& step) const {
  if (ended_ || step.error == SSL_ERROR_ZERO_RETURN) {
    return operation == Operation::kHandshake ? tls::closed_in_handshake(tls_head_)
                                              : end_of_stream();
  }
  return tls::failure_of(step.reason, tls_head_, context_.phase());
}

ByteStream::Failure ByteStream::not_tls() const {
  if (!ssl_ || tls::could_be_tls(tls_head_)) {
    return std::nullopt;
  }
  return tls::closed_in_handshake(tls_head_);
}

ByteStream::Failure ByteStream::io_failure(const asio::error_code& error) const {
  throw_if_cancelled(error);
  Outcome outcome = connect_failure(error);
  outcome.phase = context_.phase();
  return outcome;
}

ByteStream::Failure ByteStream::end_of_stream() const {
  return Outcome::fail(Reason::kProtocol, context_.phase(), "the peer closed the connection",
                       "EOF");
}

std::optional<monitor::Measurement> ByteStream::certificate_expires_in() const {
  return verification_ ? verification_->expires_in(context_.clock().wall_now()) : std::nullopt;
}

void ByteStream::report_certificate(monitor::CheckResult& result) const {
  if (auto expires_in = certificate_expires_in()) {
    result.measurements.push_back(std::move(*expires_in));
  }
}

std::vector<tls::CertificateFacts> ByteStream::chain() const {
  return verification_ ? verification_->chain() : std::vector<tls::CertificateFacts>();
}

std::string ByteStream::tls_text() const {
  if (!ssl_ || verification_->chain().empty()) {
    return "";
  }
  const tls::CertificateFacts& own = verification_->chain().front();
  return std::string(SSL_get_version(ssl_.get())) + ", certificate valid until " +
         tls::date_text(own.not_after) + ", issued by " + own.issuer;
}

Outcome out_of_time(monitor::RunContext& context, std::string_view waited_for) {
  const monitor::Duration spent = context.clock().now() - context.started();
  return Outcome::fail(Reason::kTimeout, context.phase(),
                       std::string(waited_for) + " within " + monitor::format_duration(spent));
}

}  // namespace hale::checks
