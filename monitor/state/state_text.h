// The state as text, for one file. Pure.
//
//   hale-state 1
//   section<TAB>pauses
//   web<TAB>1763753600000<TAB>a new release
//   end<TAB>1<TAB>0f3c…
//
// A line `section` begins each section; after it a line is a record: its key, then its fields, with
// tabs between them. The last line has the number of records and a hash of every byte before it, so
// that a file that was cut or changed is told from a whole one. In names, keys and fields
// backslashes and control characters are escaped (`\\`, `\t`, `\n`, `\xHH`), and so is the first
// letter of a key that is `section` or `end`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "monitor/state/state_store.h"

namespace hale::monitor {

// What a file may have at most: what the store may hold, with every byte escaped, and then some.
inline constexpr std::size_t kMaxStateText = 5 * StateStore::kMaxBytes;

struct StateTextError {
  enum class Kind : std::uint8_t {
    kNewer,    // of a later version of hale, which knows what it means
    kDamaged,  // nobody can trust it
  };
  Kind kind = Kind::kDamaged;
  std::string message;  // "it ends in the middle"
};

std::string state_text(const StateStore::Sections& sections);

// All of it or nothing.
std::expected<StateStore::Sections, StateTextError> parse_state_text(std::string_view text);

}  // namespace hale::monitor
