// The data of DNS records as text, as in a zone file (RFC 1035 section 5.1, RFC 2782, RFC 3596,
// RFC 8659; RFC 3597 for types without a form of their own). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "checks/dns/name.h"

namespace hale::checks::dns {

struct Record {
  std::string owner;  // as read_name writes it
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::uint32_t ttl_seconds = 0;
  std::string text;                     // "10 mail.example.com."
  std::optional<std::uint32_t> serial;  // of an SOA
  std::size_t data_at = 0;              // where its data stand in the message
  std::size_t data_size = 0;
};

// The record at `offset` of a message, which moves behind it; the error says what is wrong with it.
// The strings of a TXT record are joined, as SPF and DKIM read them.
std::expected<Record, std::string> read_record(Bytes message, std::size_t& offset);

// What people write for a record's text, and what a server answers, in the one form in which the
// two are compared: addresses as the kernel writes them, names in lower case and without their last
// dot, the rest as it is. Nullopt where the text can be no record of this type.
std::optional<std::string> comparable(std::string_view text, std::uint16_t type);

}  // namespace hale::checks::dns
