#include "checks/dns/codes.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hale::checks::dns {
namespace {

struct Word {
  std::uint16_t number;
  std::string_view text;
};

constexpr std::array kTypes = {
    Word{1, "A"},       Word{2, "NS"},       Word{5, "CNAME"},       Word{6, "SOA"},
    Word{12, "PTR"},    Word{13, "HINFO"},   Word{15, "MX"},         Word{16, "TXT"},
    Word{17, "RP"},     Word{18, "AFSDB"},   Word{28, "AAAA"},       Word{29, "LOC"},
    Word{33, "SRV"},    Word{35, "NAPTR"},   Word{37, "CERT"},       Word{39, "DNAME"},
    Word{43, "DS"},     Word{44, "SSHFP"},   Word{46, "RRSIG"},      Word{47, "NSEC"},
    Word{48, "DNSKEY"}, Word{50, "NSEC3"},   Word{52, "TLSA"},       Word{53, "SMIMEA"},
    Word{59, "CDS"},    Word{60, "CDNSKEY"}, Word{61, "OPENPGPKEY"}, Word{64, "SVCB"},
    Word{65, "HTTPS"},  Word{99, "SPF"},     Word{255, "ANY"},       Word{256, "URI"},
    Word{257, "CAA"},
};

constexpr std::array kRcodes = {
    Word{0, "NOERROR"},    Word{1, "FORMERR"}, Word{2, "SERVFAIL"}, Word{3, "NXDOMAIN"},
    Word{4, "NOTIMP"},     Word{5, "REFUSED"}, Word{6, "YXDOMAIN"}, Word{7, "YXRRSET"},
    Word{8, "NXRRSET"},    Word{9, "NOTAUTH"}, Word{10, "NOTZONE"}, Word{16, "BADVERS"},
    Word{23, "BADCOOKIE"},
};

bool same_letters(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [upper](char x, char y) {
           return upper(x) == upper(y);
         });
}

std::optional<std::uint16_t> number_in(const auto& words, std::string_view text) {
  const auto found = std::find_if(words.begin(), words.end(), [text](const Word& word) {
    return same_letters(word.text, text);
  });
  return found == words.end() ? std::nullopt : std::optional(found->number);
}

std::string text_in(const auto& words, std::uint16_t number, std::string_view otherwise) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [number](const Word& word) { return word.number == number; });
  return found == words.end() ? std::string(otherwise) + std::to_string(number)
                              : std::string(found->text);
}

// Meta types: OPT describes a message, TKEY to AXFR and MAILA are not answered with records of
// their own.
bool is_question_about_records(std::uint16_t type) {
  return type != 0 && type != kTypeOpt && !(type >= 249 && type <= 254);
}

}  // namespace

std::optional<std::uint16_t> type_number(std::string_view text) {
  if (const auto known = number_in(kTypes, text)) {
    return known;
  }
  constexpr std::string_view kPrefix = "TYPE";
  if (text.size() <= kPrefix.size() || !same_letters(text.substr(0, kPrefix.size()), kPrefix)) {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(kPrefix.size());
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      !is_question_about_records(number)) {
    return std::nullopt;
  }
  return number;
}

std::string type_text(std::uint16_t type) {
  return text_in(kTypes, type, "TYPE");
}

std::optional<std::uint16_t> rcode_number(std::string_view text) {
  return number_in(kRcodes, text);
}

std::string rcode_text(std::uint16_t rcode) {
  return text_in(kRcodes, rcode, "RCODE");
}

}  // namespace hale::checks::dns
