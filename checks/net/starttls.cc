#include "checks/net/starttls.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "checks/excerpt.h"
#include "monitor/assert.h"

namespace hale::checks {
namespace {

using namespace std::string_view_literals;

Pattern pattern(const char* text) {
  auto compiled = Pattern::compile(text);
  HALE_ASSERT(compiled.has_value());
  return std::move(*compiled);
}

DialogueStep expect(const char* text, const char* refusal) {
  return Expect{.pattern = pattern(text), .refusal = pattern(refusal)};
}

DialogueStep send(std::string_view data) {
  return Send{std::string(data)};
}

// A reply of SMTP and FTP ends at the line whose code is followed by a blank.
Dialogue smtp() {
  const char* const refusal = "^[45][0-9][0-9] .*\\n";
  return {expect("^220 .*\\n", refusal), send("EHLO hale.invalid\r\n"),
          expect("^250 .*\\n", refusal), send("STARTTLS\r\n"),
          expect("^220 .*\\n", refusal), StartTls()};
}

Dialogue ftp() {
  const char* const refusal = "^[45][0-9][0-9] .*\\n";
  return {expect("^220 .*\\n", refusal), send("AUTH TLS\r\n"), expect("^234 .*\\n", refusal),
          StartTls()};
}

Dialogue imap() {
  return {expect("^\\* (OK|PREAUTH).*\\n", "^\\* BYE.*\\n"), send("a1 STARTTLS\r\n"),
          expect("^a1 OK.*\\n", "^(a1 (NO|BAD)|\\* BYE).*\\n"), StartTls()};
}

Dialogue pop3() {
  return {expect("^\\+OK.*\\n", "^-ERR.*\\n"), send("STLS\r\n"),
          expect("^\\+OK.*\\n", "^-ERR.*\\n"), StartTls()};
}

// SSLRequest: length 8, code 80877103. The answer is one byte, S or N.
Dialogue postgres() {
  return {send("\x00\x00\x00\x08\x04\xd2\x16\x2f"sv),
          Hear{.judge = &judge_postgres_answer, .what = "the answer to SSLRequest"}, StartTls()};
}

// An SSLRequest packet: 32 bytes, number 1; capabilities CLIENT_PROTOCOL_41 (0x200), CLIENT_SSL
// (0x800), CLIENT_SECURE_CONNECTION (0x8000); packets of 16 MiB; utf8mb4 (45); 23 reserved bytes.
Dialogue mysql() {
  constexpr std::string_view kHead = "\x20\x00\x00\x01\x00\x8a\x00\x00\x00\x00\x00\x01\x2d"sv;
  return {Hear{.judge = &judge_mysql_greeting, .what = "the greeting"},
          send(std::string(kHead) + std::string(23, '\0')), StartTls()};
}

// ExtendedRequest, message 1, of the OID 1.3.6.1.4.1.1466.20037.
Dialogue ldap() {
  constexpr std::string_view kRequest =
      "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
      "1.3.6.1.4.1.1466.20037"sv;
  return {send(kRequest), Hear{.judge = &judge_ldap_answer, .what = "the answer to StartTLS"},
          StartTls()};
}

struct Protocol {
  std::string_view name;
  Dialogue (*steps)();
};

constexpr std::array kProtocols = {Protocol{"smtp", &smtp},  Protocol{"imap", &imap},
                                   Protocol{"pop3", &pop3},  Protocol{"ftp", &ftp},
                                   Protocol{"ldap", &ldap},  Protocol{"postgres", &postgres},
                                   Protocol{"mysql", &mysql}};

Judgement more() {
  return {};
}

Judgement wrong(std::string text) {
  return {.kind = Judgement::Kind::kWrong, .text = std::move(text)};
}

Judgement refused(std::string_view text) {
  return {.kind = Judgement::Kind::kRefused, .text = std::string(text)};
}

Judgement done(std::size_t size) {
  return {.kind = Judgement::Kind::kDone, .size = size};
}

std::size_t byte_at(std::string_view data, std::size_t at) {
  return static_cast<unsigned char>(data[at]);
}

// One element of BER (X.690) with a definite length, as LDAP has them (RFC 4511 section 5.1).
struct Element {
  std::size_t tag = 0;
  std::string_view value;
  bool complete = false;
  bool valid = true;
};

// Takes an element off the front of `data`; leaves `data` alone unless the element is complete.
Element take_element(std::string_view& data) {
  Element element;
  if (data.size() < 2) {
    return element;
  }
  element.tag = byte_at(data, 0);
  std::size_t length = byte_at(data, 1);
  std::size_t head = 2;
  if (length >= 0x80U) {
    const std::size_t octets = length & 0x7FU;
    if (octets == 0 || octets > 4) {
      element.valid = false;
      return element;
    }
    if (data.size() < head + octets) {
      return element;
    }
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) {
      length = (length << 8U) | byte_at(data, head + i);
    }
    head += octets;
  }
  if (length > ByteStream::kMostReceived) {
    element.valid = false;
    return element;
  }
  if (data.size() < head + length) {
    return element;
  }
  element.value = data.substr(head, length);
  element.complete = true;
  data.remove_prefix(head + length);
  return element;
}

}  // namespace

monitor::KeyDescriptor starttls_key() {
  monitor::KeyDescriptor key{.name = "starttls",
                             .type = monitor::KeyType::kChoice,
                             .help =
                                 "The protocol that the port speaks, to change to TLS in its "
                                 "own way before anything else.",
                             .default_value = std::string("none")};
  key.choices.emplace_back("none");
  for (const Protocol& protocol : kProtocols) {
    key.choices.push_back(protocol.name);
  }
  return key;
}

Dialogue starttls_steps(std::string_view protocol) {
  const auto* const found = std::ranges::find(kProtocols, protocol, &Protocol::name);
  HALE_ASSERT(found != kProtocols.end());
  return found->steps();
}

Judgement judge_postgres_answer(std::string_view received) {
  if (received.empty()) {
    return more();
  }
  switch (received.front()) {
    case 'S':
      return done(1);
    case 'N':
      return refused("N (the server has no TLS)");
    case 'E':
      return refused(received.substr(0, 200));
    default:
      return wrong("the peer does not speak PostgreSQL's protocol");
  }
}

// A packet: three bytes of length, little endian, one of number; then 10 (the protocol's version),
// the server's version up to a 0, 4 bytes of thread, 8 of salt, one 0, 2 of capabilities.
Judgement judge_mysql_greeting(std::string_view received) {
  constexpr std::size_t kHead = 4;
  constexpr std::size_t kBeforeCapabilities = 4 + 8 + 1;
  constexpr std::size_t kClientSsl = 0x0800;
  const char* const kNotMysql = "the peer does not speak MySQL's protocol";
  if (received.size() < kHead + 1) {
    return more();
  }
  const std::size_t length =
      byte_at(received, 0) | (byte_at(received, 1) << 8U) | (byte_at(received, 2) << 16U);
  const std::size_t kind = byte_at(received, kHead);
  if (length == 0 || length > 1024 || byte_at(received, 3) != 0 || (kind != 10 && kind != 0xFF)) {
    return wrong(kNotMysql);
  }
  if (received.size() < kHead + length) {
    return more();
  }
  const std::string_view packet = received.substr(kHead, length);
  if (kind == 0xFF) {  // an error: a code of two bytes, and words
    return refused(packet.size() > 3 ? packet.substr(3) : packet);
  }
  const std::size_t zero = packet.find('\0');
  if (zero == std::string_view::npos || packet.size() < zero + 1 + kBeforeCapabilities + 2) {
    return wrong(kNotMysql);
  }
  const std::size_t at = zero + 1 + kBeforeCapabilities;
  const std::size_t capabilities = byte_at(packet, at) | (byte_at(packet, at + 1) << 8U);
  if ((capabilities & kClientSsl) == 0) {
    return refused("the server has no TLS");
  }
  return done(kHead + length);
}

// LDAPMessage: a sequence of messageID and ExtendedResponse [APPLICATION 24], which begins with
// resultCode, matchedDN and diagnosticMessage.
Judgement judge_ldap_answer(std::string_view received) {
  constexpr std::size_t kSequence = 0x30;
  constexpr std::size_t kInteger = 0x02;
  constexpr std::size_t kExtendedResponse = 0x78;
  constexpr std::size_t kEnumerated = 0x0A;
  const char* const kNotLdap = "the peer does not speak LDAP";
  if (received.empty()) {
    return more();
  }
  if (byte_at(received, 0) != kSequence) {
    return wrong(kNotLdap);
  }
  std::string_view rest = received;
  const Element message = take_element(rest);
  if (!message.valid) {
    return wrong(kNotLdap);
  }
  if (!message.complete) {
    return more();
  }
  std::string_view inside = message.value;
  const Element id = take_element(inside);
  const Element response = take_element(inside);
  std::string_view fields = response.value;
  const Element code = take_element(fields);
  if (!id.complete || id.tag != kInteger || !response.complete ||
      response.tag != kExtendedResponse || !code.complete || code.tag != kEnumerated ||
      code.value.size() != 1) {
    return wrong(kNotLdap);
  }
  if (code.value.front() == 0) {
    return done(received.size() - rest.size());
  }
  take_element(fields);  // matchedDN
  const Element words = take_element(fields);
  return refused("result " + std::to_string(byte_at(code.value, 0)) + " " +
                 std::string(words.value));
}

}  // namespace hale::checks
