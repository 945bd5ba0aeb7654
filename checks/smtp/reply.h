// SMTP's replies (RFC 5321 section 4.2). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks::smtp {

struct Reply {
  int code = 0;                    // 200 to 599
  std::vector<std::string> lines;  // without code and line end
};

enum class Parse { kMore, kDone, kWrong };

// The reply that `received` begins with. kDone: `size` is what it took. kWrong: this is no SMTP, or
// more lines than a reply may have.
Parse parse_reply(std::string_view received, Reply& reply, std::size_t& size);

// Whether a reply to EHLO offers this extension ("STARTTLS"), with its parameters in `parameters`.
bool offers(const Reply& ehlo, std::string_view keyword, std::string* parameters = nullptr);

// Whether the words of AUTH name this mechanism.
bool has_word(std::string_view words, std::string_view word);

// "550 no such user here": the code and the last line, printable.
std::string reply_text(const Reply& reply);

}  // namespace hale::checks::smtp
