#include "checks/net/dialogue.h"

#include <algorithm>
#include <utility>

#include "checks/excerpt.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::KeyType;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::Task;

// Looking for a pattern again whenever a byte arrives costs the square of the text: one that drips
// is given up after so many bytes looked at, in some 100 ms of work.
constexpr std::size_t kMostLookedAt = std::size_t{32} << 20U;

constexpr std::string_view kSpeaksTls =
    "the peer speaks TLS, which this dialogue does not (set `enabled` in the table `tls`)";

std::string slashes(const Pattern& pattern) {
  return "/" + pattern.text() + "/";
}

ParameterError problem(std::size_t step, std::string_view key, std::string message) {
  std::string path = "dialogue[" + std::to_string(step) + "]";
  if (!key.empty()) {
    path += "." + std::string(key);
  }
  return {.key = std::move(path), .message = std::move(message)};
}

}  // namespace

bool looks_like_tls(std::string_view received) {
  return received.size() >= 3 && (received[0] == 0x15 || received[0] == 0x16) &&
         received[1] == 0x03 && static_cast<unsigned char>(received[2]) <= 0x04;
}

monitor::KeyDescriptor dialogue_key() {
  return {
      .name = "dialogue",
      .type = KeyType::kTableList,
      .help =
          "What to say and to hear after connecting, in order: each step has one of these keys.",
      .default_value = std::vector<Parameters>(),
      .keys = {
          {.name = "expect",
           .type = KeyType::kString,
           .help = "A regular expression (RE2; `^` and `$` at every line) to find in what has "
                   "arrived and was not matched yet, at most 64 KiB."},
          {.name = "send",
           .type = KeyType::kString,
           .help =
               "Text to send as it is; write line ends as \"\\r\\n\". May come from a file, for "
               "what is secret.",
           .secret = true},
          {.name = "starttls",
           .type = KeyType::kBoolean,
           .help = "true: go on in TLS, as the table `tls` says.",
           .default_value = false},
      }};
}

std::expected<Dialogue, ParameterError> read_dialogue(const std::vector<Parameters>& tables) {
  Dialogue dialogue;
  bool secured = false;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Parameters& table = tables[i];
    const bool starttls = table.boolean("starttls");
    const int keys =
        (table.has("expect") ? 1 : 0) + (table.has("send") ? 1 : 0) + (starttls ? 1 : 0);
    if (keys != 1) {
      return std::unexpected(
          problem(i, "", "a step has exactly one of `expect`, `send` and `starttls = true`"));
    }
    if (table.has("expect")) {
      auto pattern = Pattern::compile(table.text("expect"));
      if (!pattern) {
        return std::unexpected(
            problem(i, "expect", in_quotes(table.text("expect")) + " " + pattern.error()));
      }
      dialogue.emplace_back(Expect{.pattern = std::move(*pattern)});
    } else if (table.has("send")) {
      dialogue.emplace_back(Send{table.secret("send").value});
    } else if (secured) {
      return std::unexpected(problem(i, "starttls", "TLS begins once only"));
    } else {
      secured = true;
      dialogue.emplace_back(StartTls());
    }
  }
  return dialogue;
}

Conversation::Conversation(ByteStream& stream, const Dialogue& steps, tls::TlsOptions options,
                           std::string host)
    : stream_(stream), steps_(steps), options_(std::move(options)), host_(std::move(host)) {
  for (const DialogueStep& step : steps_) {
    if (const auto* const to_send = std::get_if<Send>(&step)) {
      mask_.add_sent(to_send->data);
    }
  }
}

std::string Conversation::heard() const {
  return mask_.apply(std::string(stream_.received()));
}

Task<ByteStream::Failure> Conversation::run(monitor::RunContext& context) {
  for (at_ = 0; at_ < steps_.size(); ++at_) {
    const DialogueStep& step = steps_[at_];
    ByteStream::Failure failure;
    if (const auto* const expected = std::get_if<Expect>(&step)) {
      failure = co_await expect(context, *expected);
    } else if (const auto* const to_send = std::get_if<Send>(&step)) {
      std::string data = to_send->data;
      failure = co_await send(context, std::move(data));
    } else if (const auto* const to_hear = std::get_if<Hear>(&step)) {
      failure = co_await hear(context, *to_hear);
    } else {
      failure = co_await secure(context);
    }
    if (failure) {
      co_return failure;
    }
  }
  co_return std::nullopt;
}

std::string Conversation::where() const {
  return "step " + std::to_string(at_ + 1) + " of " + std::to_string(steps_.size()) + ": ";
}

void Conversation::take(std::size_t bytes) {
  stream_.take(bytes);
  heard_before_ -= std::min(heard_before_, bytes);
}

// The stream ended, or was too long, before the pattern was found.
Outcome Conversation::unexpected(const Expect& step, Outcome ended) {
  excerpt_ = heard_nothing() ? "" : escaped(heard());
  const std::string expected = where() + "expected " + slashes(step.pattern);
  if (!stream_.encrypted() && looks_like_tls(stream_.received())) {
    return Outcome::fail(Reason::kProtocol, ended.phase, where() + std::string(kSpeaksTls),
                         "NOT_PLAIN");
  }
  if (heard_nothing()) {
    ended.message = expected + ", but " + ended.message;
    return ended;
  }
  const bool ended_well = ended.code == "EOF" || ended.code == "TOO_LONG";
  return Outcome::fail(ended_well ? Reason::kValidation : ended.reason, ended.phase,
                       expected + ", got " + in_quotes(heard()) + ", then " + ended.message,
                       ended.code);
}

Outcome Conversation::refused(monitor::RunContext& context, std::string_view said) {
  const std::string words = mask_.apply(std::string(said));
  excerpt_ = escaped(words);
  return Outcome::fail(Reason::kStatus, context.phase(),
                       where() + "the peer refuses: " + in_quotes(words));
}

Task<ByteStream::Failure> Conversation::expect(monitor::RunContext& context, const Expect& step) {
  context.enter(Phase::kFirstByte);
  std::size_t looked_at = 0;
  while (true) {
    const std::string_view received = stream_.received();
    if (!received.empty()) {
      if (step.refusal && step.refusal->match_end(received)) {
        co_return refused(context, received);
      }
      if (const auto end = step.pattern.match_end(received)) {
        if (context.verbose()) {
          context.tell(where() + "received " + in_quotes(heard(), kExcerptBytes));
        }
        take(*end);
        co_return std::nullopt;
      }
      looked_at += received.size();
      if (looked_at > kMostLookedAt) {
        excerpt_ = escaped(heard());
        co_return Outcome::fail(Reason::kProtocol, context.phase(),
                                where() +
                                    "the peer sends in pieces too small to go on looking for " +
                                    slashes(step.pattern),
                                "DRIPS");
      }
    }
    auto failure = co_await stream_.read_more();
    if (failure) {
      co_return unexpected(step, std::move(*failure));
    }
  }
}

Task<ByteStream::Failure> Conversation::hear(monitor::RunContext& context, const Hear& step) {
  context.enter(Phase::kFirstByte);
  while (true) {
    const Judgement judgement = step.judge(stream_.received());
    switch (judgement.kind) {
      case Judgement::Kind::kDone:
        take(judgement.size);
        co_return std::nullopt;
      case Judgement::Kind::kRefused:
        co_return refused(context, judgement.text);
      case Judgement::Kind::kWrong:
        excerpt_ = escaped(heard());
        co_return Outcome::fail(Reason::kProtocol, context.phase(),
                                where() + judgement.text + ", got " + in_quotes(heard()));
      case Judgement::Kind::kMore:
        break;
    }
    auto failure = co_await stream_.read_more();
    if (failure) {
      excerpt_ = escaped(heard());
      failure->message =
          where() + "waiting for " + std::string(step.what) + ": " + failure->message;
      co_return failure;
    }
  }
}

Task<ByteStream::Failure> Conversation::send(monitor::RunContext& context, std::string data) {
  context.enter(Phase::kSend);
  if (context.verbose()) {
    context.tell(where() + "sending " + std::to_string(data.size()) + " bytes");
  }
  heard_before_ = stream_.received().size();
  auto failure = co_await stream_.write_all(std::move(data));
  if (failure) {
    failure->message = where() + failure->message;
  }
  co_return failure;
}

Task<ByteStream::Failure> Conversation::secure(monitor::RunContext& context) {
  if (stream_.encrypted()) {
    co_return Outcome::fail(Reason::kProtocol, context.phase(),
                            where() + "the connection speaks TLS already");
  }
  // What a peer sends ahead of the handshake would be taken for part of what is protected.
  take(stream_.received().find_first_not_of("\r\n") == std::string_view::npos
           ? stream_.received().size()
           : 0);
  if (!stream_.received().empty()) {
    excerpt_ = escaped(heard());
    co_return Outcome::fail(Reason::kProtocol, context.phase(),
                            where() + "the peer sent more before TLS began: " + in_quotes(heard()));
  }
  tls::TlsOptions options = options_;
  std::string host = host_;
  co_return co_await stream_.start_tls(std::move(options), std::move(host));
}

Outcome Conversation::interrupted(monitor::RunContext& context) {
  const std::string_view received = stream_.received();
  excerpt_ = heard_nothing() ? "" : escaped(heard());
  if (auto failure = stream_.not_tls()) {
    return std::move(*failure);
  }
  if (at_ >= steps_.size()) {
    return out_of_time(context, "no answer");
  }
  if (const auto* const hear = std::get_if<Hear>(&steps_[at_])) {
    const std::string got = heard_nothing() ? "nothing" : in_quotes(heard());
    return out_of_time(context,
                       where() + "waiting for " + std::string(hear->what) + ", got " + got);
  }
  const auto* const step = std::get_if<Expect>(&steps_[at_]);
  if (step == nullptr) {
    return out_of_time(context, where() + "no answer");
  }
  const std::string expected = where() + "expected " + slashes(step->pattern);
  if (heard_nothing()) {
    return out_of_time(context, expected + ", got nothing");
  }
  if (!stream_.encrypted() && looks_like_tls(received)) {
    return Outcome::fail(Reason::kProtocol, context.phase(), where() + std::string(kSpeaksTls),
                         "NOT_PLAIN");
  }
  Outcome outcome = out_of_time(context, expected + ", got " + in_quotes(heard()));
  outcome.reason = Reason::kValidation;
  return outcome;
}

}  // namespace hale::checks
