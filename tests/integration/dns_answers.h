// What a scripted name server says to a question: the right answer, or one that the test makes
// wrong.
#pragma once

#include <cstdint>
#include <functional>

#include "checks/dns/codes.h"
#include "tests/checks/dns/dns_bytes.h"

namespace hale::checks::dns::test {

inline std::uint16_t id_of(const ByteList& question) {
  return static_cast<std::uint16_t>((question[0] << 8U) | question[1]);
}

inline constexpr const char* kName = "example.com";

// The right answer to a question for kName, A; `change` makes it wrong.
inline ByteList answer(const ByteList& query,
                       const std::function<void(MessageParts&)>& change = {}) {
  MessageParts parts;
  parts.id = id_of(query);
  parts.questions = {question(kName, kTypeA)};
  parts.answers = {record(pointer(12), kTypeA, 60, {192, 0, 2, 1})};
  if (change) {
    change(parts);
  }
  return message(parts);
}

}  // namespace hale::checks::dns::test
