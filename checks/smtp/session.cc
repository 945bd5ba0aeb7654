#include "checks/smtp/session.h"

#include <utility>

#include "checks/base64.h"
#include "checks/excerpt.h"
#include "checks/net/dialogue.h"
#include "monitor/format.h"

namespace hale::checks::smtp {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Task;

}  // namespace

Task<Outcome> Session::run() {
  Failure failure = co_await converse();
  if (failure) {
    co_return std::move(*failure);
  }
  // The server knows that we are done; what it still has to say is not waited for.
  failure = co_await stream_.write_all("QUIT\r\n");
  const monitor::Duration spent = context_.clock().now() - context_.started();
  std::string message =
      "answered in " + monitor::format_duration(spent) + ": " + escaped(banner_, 120);
  if (stream_.encrypted()) {
    message += "; " + stream_.tls_text();
  }
  co_return Outcome::pass(std::move(message));
}

Task<Session::Failure> Session::converse() {
  std::string host = options_.host;
  Failure failure = co_await stream_.open(std::move(host), options_.port);
  if (!failure && options_.tls) {
    failure = co_await secure();
  }
  if (failure) {
    co_return failure;
  }
  context_.enter(Phase::kFirstByte);
  failure = co_await read_reply("the greeting", 220, 220);
  if (failure) {
    co_return failure;
  }
  banner_ = reply_.lines.back();
  failure = co_await greet();
  if (!failure && options_.starttls) {
    if (!offers(ehlo_, "STARTTLS")) {
      excerpt_ = escaped(reply_text(ehlo_));
      co_return Outcome::fail(Reason::kTls, context_.phase(), "the server does not offer STARTTLS");
    }
    failure = co_await command("STARTTLS\r\n", "STARTTLS", 220, 220);
    if (!failure) {
      failure = co_await secure();
    }
    if (!failure) {
      failure = co_await greet();  // what was offered before TLS does not count (RFC 3207 4.2)
    }
  }
  if (!failure && !options_.username.empty()) {
    failure = co_await authenticate();
  }
  if (!failure && options_.asks_for_mailbox) {
    failure = co_await ask_for_mailbox();
  }
  co_return failure;
}

Task<Session::Failure> Session::secure() {
  if (!stream_.received().empty()) {
    excerpt_ = escaped(stream_.received());
    co_return Outcome::fail(
        Reason::kProtocol, context_.phase(),
        "the server sent more before TLS began: " + in_quotes(stream_.received()));
  }
  waiting_for_ = "the TLS handshake";
  tls::TlsOptions options = options_.tls_options;
  std::string host = options_.host;
  co_return co_await stream_.start_tls(std::move(options), std::move(host));
}

Task<Session::Failure> Session::greet() {
  std::string line = "EHLO " + options_.ehlo + "\r\n";
  Failure failure = co_await command(std::move(line), "EHLO", 250, 250);
  ehlo_ = reply_;
  co_return failure;
}

Task<Session::Failure> Session::authenticate() {
  context_.enter(Phase::kAuth);
  std::string mechanisms;
  offers(ehlo_, "AUTH", &mechanisms);
  Failure failure;
  if (has_word(mechanisms, "PLAIN")) {
    const std::string credentials =
        std::string(1, '\0') + options_.username + std::string(1, '\0') + options_.password;
    std::string line = "AUTH PLAIN " + base64(credentials) + "\r\n";
    co_return co_await command(std::move(line), "AUTH PLAIN", 235, 235);
  }
  if (!has_word(mechanisms, "LOGIN")) {
    co_return Outcome::fail(
        Reason::kAuth, Phase::kAuth,
        "the server offers neither AUTH PLAIN nor AUTH LOGIN: " + in_quotes(mechanisms));
  }
  failure = co_await command("AUTH LOGIN\r\n", "AUTH LOGIN", 334, 334);
  if (!failure) {
    std::string line = base64(options_.username) + "\r\n";
    failure = co_await command(std::move(line), "the user name", 334, 334);
  }
  if (!failure) {
    std::string line = base64(options_.password) + "\r\n";
    failure = co_await command(std::move(line), "the password", 235, 235);
  }
  co_return failure;
}

Task<Session::Failure> Session::ask_for_mailbox() {
  context_.enter(Phase::kQuery);
  std::string mail = "MAIL FROM:<" + options_.sender + ">\r\n";
  Failure failure = co_await command(std::move(mail), "MAIL", 250, 250);
  if (!failure && !options_.recipient.empty()) {
    std::string recipient = "RCPT TO:<" + options_.recipient + ">\r\n";
    failure = co_await command(std::move(recipient), "RCPT", 250, 251);
  }
  co_return failure;
}

Task<Session::Failure> Session::command(std::string line, std::string what, int low, int high) {
  if (context_.verbose()) {
    context_.tell("sending " + what);
  }
  waiting_for_ = "the answer to " + what;
  Failure failure = co_await stream_.write_all(std::move(line));
  if (failure) {
    co_return failure;
  }
  if (context_.phase() == Phase::kTls) {
    context_.enter(Phase::kFirstByte);
  }
  std::string answer = waiting_for_;
  co_return co_await read_reply(std::move(answer), low, high);
}

Task<Session::Failure> Session::read_reply(std::string what, int low, int high) {
  waiting_for_ = what;
  while (true) {
    std::size_t size = 0;
    const Parse parsed = parse_reply(stream_.received(), reply_, size);
    if (parsed == Parse::kDone) {
      if (context_.verbose()) {
        context_.tell("received " + in_quotes(stream_.received().substr(0, size), kExcerptBytes));
      }
      excerpt_ = escaped(stream_.received().substr(0, size));
      stream_.take(size);
      if (reply_.code < low || reply_.code > high) {
        co_return refused();
      }
      excerpt_.clear();
      co_return std::nullopt;
    }
    if (parsed == Parse::kWrong) {
      excerpt_ = escaped(stream_.received());
      const bool is_tls = looks_like_tls(stream_.received());
      co_return Outcome::fail(
          Reason::kProtocol, context_.phase(),
          is_tls ? "the peer speaks TLS from the first byte (set `enabled` in the table `tls`)"
                 : "the peer does not speak SMTP: it sent " + in_quotes(stream_.received()),
          is_tls ? "NOT_PLAIN" : "");
    }
    Failure failure = co_await stream_.read_more();
    if (failure) {
      excerpt_ = escaped(stream_.received());
      failure->message = "waiting for " + what + ": " + failure->message;
      co_return failure;
    }
  }
}

// 530, 534, 535, 538: RFC 4954 section 6; 454 is a temporary failure of the server.
Outcome Session::refused() const {
  const bool auth = reply_.code == 530 || reply_.code == 534 || reply_.code == 535 ||
                    reply_.code == 538 || (context_.phase() == Phase::kAuth && reply_.code >= 500);
  return Outcome::fail(auth ? Reason::kAuth : Reason::kStatus, context_.phase(),
                       waiting_for_ + " was " + in_quotes(reply_text(reply_), 250),
                       std::to_string(reply_.code));
}

Outcome Session::interrupted() {
  if (auto failure = stream_.not_tls()) {
    return std::move(*failure);
  }
  excerpt_ = escaped(stream_.received());
  if (stream_.received().empty()) {
    return out_of_time(context_, waiting_for_ + " did not come");
  }
  return out_of_time(
      context_, waiting_for_ + " did not come to its end (" + in_quotes(stream_.received()) + ")");
}

}  // namespace hale::checks::smtp
