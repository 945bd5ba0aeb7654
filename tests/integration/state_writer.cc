// Writes a state file over and over until it is killed: a counter that goes on where the file left
// it, and a filling that makes each text another size. Usage: hale_state_writer FOLDER
#include <cstdint>
#include <cstdio>
#include <string>

#include "monitor/state/state_fields.h"
#include "monitor/state/state_file.h"
#include "monitor/state/state_text.h"

int main(int argc, char** argv) {
  using namespace hale::monitor;
  if (argc != 2) {
    return 64;
  }
  auto file = StateFile::open(argv[1]);
  if (!file) {
    std::fprintf(stderr, "%s\n", file.error().message.c_str());
    return 1;
  }
  auto content = file->read();
  if (!content || !content->problem.empty()) {
    std::fprintf(stderr, "%s\n", (content ? content->problem : content.error().message).c_str());
    return 2;
  }
  StateStore::Sections sections = std::move(content->sections);
  StateRecord& record = sections["s"]["counter"];
  std::uint64_t count = record.empty() ? 0 : state_number(record[0]).value_or(0);
  while (true) {
    ++count;
    record = {std::to_string(count), std::string(count * 7919 % 20'000, 'x')};
    if (const auto written = file->write(state_text(sections)); !written) {
      std::fprintf(stderr, "%s\n", written.error().message.c_str());
      return 3;
    }
  }
}
