#include "checks/dns/expectation.h"

#include <algorithm>

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

Outcome wrong(std::string message, std::string code = "") {
  return Outcome::fail(Reason::kValidation, Phase::kEvaluate, std::move(message), std::move(code));
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// The server says that it will or can not: that is its state, not its answer.
Outcome other_rcode(const Message& message, const Question& question, const Expectation& expected,
                    bool edns) {
  std::string rcode = rcode_text(message.rcode);
  std::string text = rcode + " for " + question.name + " " + type_text(question.type) +
                     ", expected " + rcode_text(expected.rcode);
  if (!message.extended_error.empty()) {
    text += " (the server's reason: " + message.extended_error + ")";
  } else if (edns && (message.rcode == kFormErr || message.rcode == kNotImp)) {
    text += " (it may be too old for EDNS: edns_size = 0)";
  }
  if (message.rcode == kNoError) {
    return wrong(std::move(text), std::move(rcode));
  }
  return Outcome::fail(Reason::kStatus, Phase::kEvaluate, std::move(text), std::move(rcode));
}

bool any_matches(const Pattern& pattern, const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(), [&pattern](const std::string& text) {
    return pattern.match_end(text).has_value();
  });
}

std::string but(const std::vector<std::string>& texts) {
  return texts.empty() ? "but there is none" : "but only " + shown_answers(texts);
}

}  // namespace

std::string shown_answers(const std::vector<std::string>& texts) {
  constexpr std::size_t kMostBytes = 200;
  std::string line;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (line.size() + texts[i].size() > kMostBytes) {
      const std::string more = std::to_string(texts.size() - i) + " more";
      if (line.empty()) {
        line = texts[i].substr(0, kMostBytes) + "...";
        continue;
      }
      return line + ", " + more;
    }
    line += (line.empty() ? "" : ", ") + texts[i];
  }
  return line;
}

Outcome judge(const Message& message, const Answers& answers, const Question& question,
              const Expectation& expected, bool edns) {
  const std::string what = question.name + " " + type_text(question.type);
  if (message.rcode != expected.rcode) {
    return other_rcode(message, question, expected, edns);
  }
  if (expected.authoritative && !message.authoritative) {
    return wrong("the answer is not authoritative", "AA");
  }
  if (expected.authenticated && !message.authentic_data) {
    return wrong("the answer is not authenticated: the server did not validate it by DNSSEC", "AD");
  }
  const std::vector<std::string>& texts = answers.texts;
  const bool counts = message.rcode == kNoError;
  if (counts && static_cast<std::int64_t>(texts.size()) < expected.min_answers) {
    if (texts.empty()) {
      const bool alias = !same_name(answers.canonical_name, question.name);
      return wrong("no record for " + what +
                       (alias ? ", an alias of " + answers.canonical_name : std::string()),
                   "NODATA");
    }
    return wrong(std::to_string(texts.size()) + " answers for " + what + ", expected at least " +
                 std::to_string(expected.min_answers) + ": " + shown_answers(texts));
  }
  std::vector<std::string> found;
  for (const std::string& text : texts) {
    found.push_back(comparable(text, question.type).value_or(text));
  }
  for (const std::string& text : expected.contains) {
    if (!has(found, text)) {
      return wrong("\"" + text + "\" is expected for " + what + ", " + but(texts));
    }
  }
  for (const std::string& text : expected.exactly) {
    if (!has(found, text)) {
      return wrong("exactly " + shown_answers(expected.exactly) + " is expected for " + what +
                   ", " + but(texts));
    }
  }
  for (std::size_t i = 0; !expected.exactly.empty() && i < found.size(); ++i) {
    if (!has(expected.exactly, found[i])) {
      return wrong("\"" + texts[i] + "\" for " + what +
                   " is not among what is expected: " + shown_answers(expected.exactly));
    }
  }
  if (expected.regex && !any_matches(*expected.regex, texts)) {
    return wrong("nothing for " + what + " matches \"" + expected.regex->text() + "\", " +
                 but(texts));
  }
  if (expected.not_regex && any_matches(*expected.not_regex, texts)) {
    return wrong("an answer for " + what + " matches \"" + expected.not_regex->text() +
                 "\": " + shown_answers(texts));
  }
  return Outcome::pass("");
}

}  // namespace hale::checks::dns
