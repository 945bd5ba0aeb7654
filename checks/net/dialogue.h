// What to say to a peer and what to hear from it, step by step, over a ByteStream. Users write one
// as `dialogue`; the ways in which protocols change to TLS are written with it as well
// (starttls.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checks/mask.h"
#include "checks/net/stream.h"
#include "checks/pattern.h"
#include "monitor/check_descriptor.h"

namespace hale::checks {

// What some bytes from a peer amount to, for protocols that are no text.
struct Judgement {
  enum class Kind : std::uint8_t { kMore, kDone, kRefused, kWrong };
  Kind kind = Kind::kMore;
  std::size_t size = 0;   // kDone: how many of the bytes it took
  std::string text = {};  // kRefused: what the peer said; kWrong: why it cannot be the protocol
};
using Judge = Judgement (*)(std::string_view received);

// Waits until `pattern` is found in what has arrived, and takes that up to the end of the match.
struct Expect {
  Pattern pattern;
  // Found first: the peer refuses, and waiting on is vain.
  std::optional<Pattern> refusal = std::nullopt;
};
struct Send {
  std::string data;  // may be a secret: shown nowhere
};
struct StartTls {};
// Waits until the judge has decided.
struct Hear {
  Judge judge = nullptr;
  std::string_view what;  // "the answer to SSLRequest"
};
using DialogueStep = std::variant<Expect, Send, StartTls, Hear>;
using Dialogue = std::vector<DialogueStep>;

// The key `dialogue`: a list of tables with one of `expect`, `send` and `starttls` each.
monitor::KeyDescriptor dialogue_key();
std::expected<Dialogue, monitor::ParameterError> read_dialogue(
    const std::vector<monitor::Parameters>& tables);

// One run of a dialogue. Loop thread only.
class Conversation {
 public:
  // `steps` and `stream` outlive it. `host`: whom a certificate should be for.
  Conversation(ByteStream& stream, const Dialogue& steps, tls::TlsOptions options,
               std::string host);

  monitor::Task<ByteStream::Failure> run(monitor::RunContext& context);

  // Why a run that was cancelled got no further, and what the peer said instead of what it should.
  monitor::Outcome interrupted(monitor::RunContext& context);
  const std::string& excerpt() const { return excerpt_; }

 private:
  monitor::Task<ByteStream::Failure> expect(monitor::RunContext& context, const Expect& step);
  monitor::Task<ByteStream::Failure> send(monitor::RunContext& context, std::string data);
  monitor::Task<ByteStream::Failure> hear(monitor::RunContext& context, const Hear& step);
  monitor::Task<ByteStream::Failure> secure(monitor::RunContext& context);
  std::string where() const;  // "step 2 of 5: "
  std::string heard() const;  // what has arrived, fit to be shown
  bool heard_nothing() const { return stream_.received().size() <= heard_before_; }
  void take(std::size_t bytes);
  monitor::Outcome unexpected(const Expect& step, monitor::Outcome ended);
  monitor::Outcome refused(monitor::RunContext& context, std::string_view said);

  ByteStream& stream_;
  const Dialogue& steps_;
  tls::TlsOptions options_;
  std::string host_;
  Mask mask_;  // a peer may send back what we sent
  std::size_t at_ = 0;
  // Of what is received and not taken, how much was there before we last said something: it is no
  // answer, though a pattern may match it.
  std::size_t heard_before_ = 0;
  std::string excerpt_;
};

// Whether these bytes look like what a TLS peer says to somebody who does not speak it: an alert.
bool looks_like_tls(std::string_view received);

}  // namespace hale::checks
