#include "checks/dns/message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "checks/dns/codes.h"
#include "checks/dns/wire.h"

namespace hale::checks::dns {
namespace {

constexpr std::uint16_t kFlagResponse = 0x8000;
constexpr std::uint16_t kFlagAuthoritative = 0x0400;
constexpr std::uint16_t kFlagTruncated = 0x0200;
constexpr std::uint16_t kFlagRecursionDesired = 0x0100;
constexpr std::uint16_t kFlagRecursionAvailable = 0x0080;
constexpr std::uint16_t kFlagAuthenticData = 0x0020;
constexpr std::uint16_t kEdnsDnssecOk = 0x8000;
constexpr std::uint16_t kOptionExtendedError = 15;
constexpr std::size_t kMostAliases = 32;  // resolvers give up long before

void put_u16(std::vector<std::uint8_t>& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

// The server's words, as one line that can be shown.
std::string shown(Bytes text) {
  constexpr std::size_t kMost = 200;
  std::string result;
  for (const std::uint8_t byte : text.first(std::min(text.size(), kMost))) {
    result += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
  }
  return result;
}

// What the options of an OPT record say about an error (RFC 8914).
std::string extended_error(Bytes options) {
  std::string result;
  std::size_t offset = 0;
  while (offset < options.size()) {
    const auto code = read_u16(options, offset);
    const auto size = read_u16(options, offset);
    if (!code || !size || *size > options.size() - offset) {
      return result;
    }
    if (*code == kOptionExtendedError && *size >= 2 && result.empty()) {
      std::size_t at = offset;
      result = std::to_string(read_u16(options, at).value_or(0));
      const std::string words = shown(options.subspan(at, *size - 2U));
      result += words.empty() ? "" : " " + words;
    }
    offset += *size;
  }
  return result;
}

class Parser {
 public:
  explicit Parser(Bytes bytes) : bytes_(bytes) {}

  std::expected<Message, std::string> parse() {
    if (bytes_.size() < kHeaderBytes) {
      return std::unexpected("it is shorter than a header");
    }
    read_header();
    for (int i = 0; i < counts_[0]; ++i) {
      if (!read_question()) {
        return std::unexpected("its question is broken");
      }
    }
    auto error = read_section(message_.answers, counts_[1]);
    if (!error) {
      error = read_section(message_.authorities, counts_[2]);
    }
    if (!error) {
      error = read_section(message_.additionals, counts_[3]);
    }
    // Where it was cut off, what is left of the last record may be anything.
    if (error && !message_.truncated) {
      return std::unexpected(std::move(*error));
    }
    return std::move(message_);
  }

 private:
  // The header is there as a whole.
  void read_header() {
    message_.id = read_u16(bytes_, offset_).value_or(0);
    const std::uint16_t flags = read_u16(bytes_, offset_).value_or(0);
    message_.response = (flags & kFlagResponse) != 0;
    message_.opcode = static_cast<std::uint8_t>((flags >> 11U) & 0x0FU);
    message_.authoritative = (flags & kFlagAuthoritative) != 0;
    message_.truncated = (flags & kFlagTruncated) != 0;
    message_.recursion_available = (flags & kFlagRecursionAvailable) != 0;
    message_.authentic_data = (flags & kFlagAuthenticData) != 0;
    message_.rcode = flags & 0x0FU;
    for (std::uint16_t& count : counts_) {
      count = read_u16(bytes_, offset_).value_or(0);
    }
  }

  bool read_question() {
    auto name = read_name(bytes_, offset_);
    const auto type = name ? read_u16(bytes_, offset_) : std::nullopt;
    const auto question_class = type ? read_u16(bytes_, offset_) : std::nullopt;
    if (!name || !question_class || *question_class != kClassIn) {
      return false;
    }
    message_.questions.push_back(Question{std::move(*name), *type});
    return true;
  }

  std::optional<std::string> read_section(std::vector<Record>& section, std::uint16_t count) {
    for (int i = 0; i < count; ++i) {
      std::expected<Record, std::string> record = read_record(bytes_, offset_);
      if (!record) {
        return std::move(record.error());
      }
      if (record->type == kTypeOpt) {
        read_opt(*record);
      } else {
        section.push_back(std::move(*record));
      }
    }
    return std::nullopt;
  }

  // RFC 6891 section 6.1.3: the TTL holds the upper bits of the rcode.
  void read_opt(const Record& opt) {
    message_.rcode =
        static_cast<std::uint16_t>((message_.rcode & 0x0FU) | ((opt.ttl_seconds >> 24U) << 4U));
    message_.extended_error = extended_error(bytes_.subspan(opt.data_at, opt.data_size));
  }

  Bytes bytes_;
  std::size_t offset_ = 0;
  std::array<std::uint16_t, 4> counts_ = {};
  Message message_;
};

// The records of `type` (of any, for ANY) that belong to `owner`.
bool belongs(const Record& record, std::string_view owner, std::uint16_t type) {
  return record.record_class == kClassIn && (type == kTypeAny || record.type == type) &&
         same_name(record.owner, owner);
}

void take_ttl(Answers& answers, const Record& record) {
  answers.least_ttl_seconds =
      std::min(answers.least_ttl_seconds.value_or(record.ttl_seconds), record.ttl_seconds);
}

}  // namespace

std::vector<std::uint8_t> make_query(std::uint16_t id, Bytes name, std::uint16_t type,
                                     const QueryOptions& options) {
  std::vector<std::uint8_t> bytes;
  unsigned flags = options.recursion ? kFlagRecursionDesired : 0U;
  flags |= options.authentic_data ? kFlagAuthenticData : 0U;
  const bool edns = options.edns_size > 0;
  put_u16(bytes, id);
  put_u16(bytes, static_cast<std::uint16_t>(flags));
  put_u16(bytes, 1);
  put_u16(bytes, 0);
  put_u16(bytes, 0);
  put_u16(bytes, edns ? 1 : 0);
  bytes.insert(bytes.end(), name.begin(), name.end());
  put_u16(bytes, type);
  put_u16(bytes, kClassIn);
  if (edns) {
    bytes.push_back(0);  // the root
    put_u16(bytes, kTypeOpt);
    put_u16(bytes, options.edns_size);
    put_u16(bytes, 0);  // extended rcode, version
    put_u16(bytes, options.dnssec_ok ? kEdnsDnssecOk : 0);
    put_u16(bytes, 0);  // no options
  }
  return bytes;
}

std::expected<Message, std::string> parse_message(Bytes bytes) {
  return Parser(bytes).parse();
}

std::optional<std::uint16_t> message_id(Bytes bytes) {
  std::size_t offset = 0;
  return bytes.size() < kHeaderBytes ? std::nullopt : read_u16(bytes, offset);
}

std::optional<std::string> not_an_answer_to(const Message& message, const Question& question) {
  if (!message.response) {
    return "it is a question";
  }
  if (message.opcode != 0) {
    return "it answers another kind of request";
  }
  if (message.questions.empty() && message.rcode != kNoError) {
    return std::nullopt;
  }
  if (message.questions.size() != 1 || message.questions[0].type != question.type ||
      !same_name(message.questions[0].name, question.name)) {
    return "it answers another question";
  }
  return std::nullopt;
}

Answers answers_to(const Message& message, const Question& question) {
  Answers answers;
  answers.canonical_name = question.name;
  // A chain is no longer than the records there are, even where it runs in a circle.
  const bool follow = question.type != kTypeCname && question.type != kTypeAny;
  for (std::size_t i = 0; follow && i < std::min(message.answers.size(), kMostAliases); ++i) {
    const auto alias = std::find_if(message.answers.begin(), message.answers.end(),
                                    [&answers](const Record& record) {
                                      return belongs(record, answers.canonical_name, kTypeCname);
                                    });
    if (alias == message.answers.end()) {
      break;
    }
    take_ttl(answers, *alias);
    answers.canonical_name = alias->text;
  }
  for (const Record& record : message.answers) {
    if (belongs(record, answers.canonical_name, question.type)) {
      take_ttl(answers, record);
      answers.texts.push_back(record.text);
      answers.serial = record.serial ? record.serial : answers.serial;
    }
  }
  return answers;
}

std::uint32_t serial_lag(std::uint32_t older, std::uint32_t newer) {
  constexpr std::uint32_t kHalf = 0x80000000U;
  const std::uint32_t ahead = newer - older;
  return ahead < kHalf ? ahead : 0;
}

}  // namespace hale::checks::dns
