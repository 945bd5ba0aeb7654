// One WebSocket: connected, upgraded, talked to, closed. Loop thread only.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "checks/mask.h"
#include "checks/net/dialogue.h"
#include "checks/net/stream.h"
#include "checks/tls/options.h"
#include "checks/websocket/frames.h"
#include "checks/websocket/upgrade.h"

namespace hale::checks::websocket {

using MessageStep = std::variant<Expect, Send>;  // of messages: an Expect is of one of them

struct WebSocketOptions {
  Url url;
  monitor::TextMap headers;
  std::string subprotocol;
  tls::TlsOptions tls_options;
  std::vector<MessageStep> dialogue;
  std::size_t max_message = ByteStream::kMostReceived;
};

class Session {
 public:
  // `options` outlive it.
  Session(monitor::RunContext& context, const WebSocketOptions& options);

  monitor::Task<monitor::Outcome> run();

  // Why a run that was cancelled got no further.
  monitor::Outcome interrupted();
  const std::string& excerpt() const { return excerpt_; }
  const ByteStream& stream() const { return stream_; }

 private:
  using Failure = ByteStream::Failure;

  monitor::Task<Failure> upgrade();
  monitor::Task<Failure> read_answer(Answer& answer);
  monitor::Task<Failure> talk();
  monitor::Task<Failure> expect(const Pattern& pattern);
  // The next text or binary message; answers pings on the way.
  monitor::Task<Failure> next_message(std::string& message);
  monitor::Task<Failure> send(Opcode opcode, std::string payload);
  monitor::Outcome ended_by(const Event& event);
  std::string where() const;
  std::string shown(std::string_view said) const;  // without what we sent

  monitor::RunContext& context_;
  const WebSocketOptions& options_;
  ByteStream stream_;
  MessageReader reader_;
  Mask mask_;
  std::size_t at_ = 0;  // of the dialogue
  bool upgraded_ = false;
  std::string last_;          // the last message that was not the expected one
  std::size_t messages_ = 0;  // that came in during this step
  std::string excerpt_;
};

}  // namespace hale::checks::websocket
