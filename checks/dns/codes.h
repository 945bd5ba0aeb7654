// The numbers of DNS and the words for them: record types (RFC 1035 section 3.2.2 and later ones,
// by IANA's registry) and response codes (RFC 1035 section 4.1.1, RFC 2136, RFC 6891). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hale::checks::dns {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypePtr = 12;
inline constexpr std::uint16_t kTypeMx = 15;
inline constexpr std::uint16_t kTypeTxt = 16;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeSrv = 33;
inline constexpr std::uint16_t kTypeOpt = 41;
inline constexpr std::uint16_t kTypeAny = 255;
inline constexpr std::uint16_t kTypeCaa = 257;

inline constexpr std::uint16_t kClassIn = 1;

inline constexpr std::uint16_t kNoError = 0;
inline constexpr std::uint16_t kFormErr = 1;
inline constexpr std::uint16_t kNxDomain = 3;
inline constexpr std::uint16_t kNotImp = 4;
inline constexpr std::uint16_t kRefused = 5;

// "MX", "mx" or "TYPE15" (RFC 3597 section 5); nullopt for anything else, and for the types that
// are no question about records (OPT, TSIG, transfers).
std::optional<std::uint16_t> type_number(std::string_view text);
std::string type_text(std::uint16_t type);  // "MX"; "TYPE4711" for one without a name

std::optional<std::uint16_t> rcode_number(std::string_view text);  // "NXDOMAIN"
std::string rcode_text(std::uint16_t rcode);                       // "RCODE4000" without a name

}  // namespace hale::checks::dns
