// One file in a folder of its own, replaced as a whole: whatever happens to the process or the
// machine, there is the old text or the new one. Blocks; whoever has it calls it from one thread at
// a time, and not from the engine's.
//
// In the folder: `state`; `state.tmp` while it is being written; `state.bad`, the last one that
// could not be trusted; `lock`, which keeps a second agent out for as long as the first one lives.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "monitor/state/state_store.h"

namespace hale::monitor {

struct StateFileError {
  int error = 0;        // errno; 0: not the kernel's
  std::string message;  // "cannot write /var/lib/hale/state.tmp: No space left on device"
};

class StateFile {
 public:
  // Makes the folder where it is missing, for the owner and the group alone, and locks it.
  static std::expected<StateFile, StateFileError> open(const std::string& folder);
  ~StateFile();
  StateFile(StateFile&& other) noexcept;
  StateFile& operator=(StateFile&&) = delete;
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  struct Content {
    StateStore::Sections sections;  // empty where there is no file
    std::string problem;            // what was wrong with one that was set aside; empty: nothing
  };
  // An error where there is a file that cannot be read, or that is of a later version: it stays
  // where it is, and must not be overwritten.
  std::expected<Content, StateFileError> read();

  // Returns once the text would survive a power failure. After an error the old file is whole.
  std::expected<void, StateFileError> write(std::string_view text);

  std::string path() const { return folder_ + "/state"; }

 private:
  StateFile(std::string folder, int directory, int lock)
      : folder_(std::move(folder)), directory_(directory), lock_(lock) {}

  StateFileError error(std::string_view what, std::string_view name) const;  // errno's
  std::expected<std::string, StateFileError> read_text() const;
  std::expected<void, StateFileError> write_temporary(std::string_view text) const;

  std::string folder_;
  int directory_ = -1;
  int lock_ = -1;
};

}  // namespace hale::monitor
