#include "checks/systemd/journal.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include <systemd/sd-journal.h>
#include <unistd.h>

namespace hale::checks {
namespace {

constexpr std::size_t kMostBytes = 4096;

struct CloseJournal {
  void operator()(sd_journal* journal) const { ::sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, CloseJournal>;

Journal open_journal() {
  sd_journal* journal = nullptr;
  if (::sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY) < 0) {
    return nullptr;
  }
  return Journal(journal);
}

bool add_match(sd_journal* journal, const std::string& match) {
  return ::sd_journal_add_match(journal, match.data(), match.size()) >= 0;
}

// Units of other users' managers may have the name of one that is meant.
bool select_unit(sd_journal* journal, const std::string& unit) {
  return add_match(journal, "_SYSTEMD_UNIT=" + unit) &&
         ::sd_journal_add_disjunction(journal) >= 0 &&
         add_match(journal, "_SYSTEMD_USER_UNIT=" + unit) &&
         add_match(journal, "_UID=" + std::to_string(::getuid())) &&
         ::sd_journal_seek_tail(journal) >= 0;
}

std::string message_of(sd_journal* journal) {
  constexpr std::string_view kField = "MESSAGE=";
  const void* data = nullptr;
  std::size_t size = 0;
  if (::sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size < kField.size()) {
    return "";
  }
  const std::string_view text(static_cast<const char*>(data), size);
  return std::string(text.substr(kField.size(), kMostBytes));
}

}  // namespace

std::vector<std::string> journal_of(const std::string& unit, monitor::WallTime since,
                                    std::size_t most) {
  std::vector<std::string> messages;
  const Journal journal = open_journal();
  if (!journal || ::sd_journal_set_data_threshold(journal.get(), kMostBytes) < 0 ||
      !select_unit(journal.get(), unit)) {
    return messages;
  }
  const auto oldest = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since.time_since_epoch()).count());
  while (messages.size() < most && ::sd_journal_previous(journal.get()) > 0) {
    std::uint64_t time = 0;
    if (::sd_journal_get_realtime_usec(journal.get(), &time) < 0 || time < oldest) {
      break;
    }
    std::string message = message_of(journal.get());
    if (!message.empty()) {
      messages.push_back(std::move(message));
    }
  }
  return messages;
}

}  // namespace hale::checks
