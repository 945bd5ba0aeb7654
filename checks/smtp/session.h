// One session with a mail server, up to the point where a message would follow (RFC 5321, RFC 3207,
// RFC 4954). No mail is ever sent. Loop thread only.
#pragma once

#include <string>
#include <string_view>

#include "checks/net/stream.h"
#include "checks/smtp/reply.h"
#include "checks/tls/options.h"

namespace hale::checks::smtp {

struct SmtpOptions {
  std::string host;
  asio::ip::port_type port = 25;
  bool starttls = false;
  bool tls = false;  // from the first byte, as on port 465
  tls::TlsOptions tls_options;
  std::string ehlo = "localhost";
  std::string username;  // "": no AUTH
  std::string password;
  std::string sender;             // "": neither MAIL nor RCPT, unless there is a recipient
  std::string recipient;          // "": no RCPT
  bool asks_for_mailbox = false;  // MAIL, and RCPT if there is a recipient; `sender` may be <>
};

class Session {
 public:
  // `options` outlive it.
  Session(monitor::RunContext& context, const SmtpOptions& options)
      : context_(context), options_(options), stream_(context) {}

  monitor::Task<monitor::Outcome> run();

  // Why a run that was cancelled got no further.
  monitor::Outcome interrupted();
  const std::string& excerpt() const { return excerpt_; }
  const ByteStream& stream() const { return stream_; }

 private:
  using Failure = ByteStream::Failure;

  monitor::Task<Failure> converse();
  monitor::Task<Failure> secure();
  monitor::Task<Failure> greet();
  monitor::Task<Failure> authenticate();
  monitor::Task<Failure> ask_for_mailbox();
  // Sends `line` (shown as `what`) and fails unless the answer's code is in [low, high].
  monitor::Task<Failure> command(std::string line, std::string what, int low, int high);
  monitor::Task<Failure> read_reply(std::string what, int low, int high);
  monitor::Outcome refused() const;

  monitor::RunContext& context_;
  const SmtpOptions& options_;
  ByteStream stream_;
  std::string waiting_for_ = "the connection";
  Reply reply_;  // the last
  Reply ehlo_;
  std::string banner_;
  std::string excerpt_;
};

}  // namespace hale::checks::smtp
