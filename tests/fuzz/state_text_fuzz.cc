// A state file: whatever is taken comes back as it was. The checksum keeps nearly every input out,
// so that the same lines are tried again with the right one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "monitor/assert.h"
#include "monitor/runtime/random.h"
#include "monitor/state/state_text.h"

namespace {

void read_and_write(std::string_view text) {
  using namespace hale::monitor;
  const auto sections = parse_state_text(text);
  if (!sections) {
    HALE_ASSERT(!sections.error().message.empty());
    return;
  }
  const auto again = parse_state_text(state_text(*sections));
  HALE_ASSERT(again);
  // A section without records is not written.
  auto expected = *sections;
  std::erase_if(expected, [](const auto& section) { return section.second.empty(); });
  HALE_ASSERT(*again == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_and_write(input);
  if (size == 0) {
    return 0;
  }
  std::string text = "hale-state 1\n" + std::string(input.substr(1));
  if (!text.ends_with('\n')) {
    text += '\n';
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string hash;
  for (int shift = 60; shift >= 0; shift -= 4) {
    hash += kHex[(hale::monitor::stable_hash(text) >> shift) & 0xF];
  }
  read_and_write(text + "end\t" + std::to_string(static_cast<int>(data[0])) + "\t" + hash + "\n");
  return 0;
}
