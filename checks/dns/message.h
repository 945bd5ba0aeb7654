// DNS messages: one question as bytes, an answer as values (RFC 1035 section 4; EDNS0, RFC 6891;
// extended errors, RFC 8914). What a peer sends is read with every bound checked. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "checks/dns/name.h"
#include "checks/dns/record.h"

namespace hale::checks::dns {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kMostMessageBytes = 65535;

struct Question {
  std::string name;  // as read_name writes it
  std::uint16_t type = 0;
};

struct QueryOptions {
  bool recursion = true;
  bool dnssec_ok = false;          // DO: send signatures (RFC 4035 section 3.2.1)
  bool authentic_data = false;     // AD: say whether you validated (RFC 6840 section 5.7)
  std::uint16_t edns_size = 1232;  // what the answer over UDP may take; 0: a query without EDNS
};

// `name` is the wire form that encode_name makes.
std::vector<std::uint8_t> make_query(std::uint16_t id, Bytes name, std::uint16_t type,
                                     const QueryOptions& options);

struct Message {
  std::uint16_t id = 0;
  bool response = false;
  std::uint8_t opcode = 0;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_available = false;
  bool authentic_data = false;
  std::uint16_t rcode = 0;  // with EDNS's upper bits
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authorities;
  std::vector<Record> additionals;  // without OPT
  std::string extended_error;       // "18 Prohibited": the code and the server's own words
};

// The error says what is wrong with the bytes. Of a message that says itself that it is truncated,
// what is complete is kept.
std::expected<Message, std::string> parse_message(Bytes bytes);

// The id that the bytes begin with; nullopt where they cannot be a message at all.
std::optional<std::uint16_t> message_id(Bytes bytes);

// Nullopt where the message answers this question; else what speaks against it. An error may come
// without the question, as some servers send it.
std::optional<std::string> not_an_answer_to(const Message& message, const Question& question);

// Of the answers, those to the question: the records of the asked type that belong to the name, or
// to the end of the chain of aliases that begins at it.
struct Answers {
  std::vector<std::string> texts;                  // in the order of the message
  std::optional<std::uint32_t> least_ttl_seconds;  // of these and of the aliases
  std::optional<std::uint32_t> serial;             // of an SOA
  std::string canonical_name;                      // where the chain ends
};
Answers answers_to(const Message& message, const Question& question);

// How far `older` is behind `newer` on the circle of serials; 0 where it is not behind (RFC 1982
// section 3.2; serials that are half the circle apart do not compare).
std::uint32_t serial_lag(std::uint32_t older, std::uint32_t newer);

}  // namespace hale::checks::dns
