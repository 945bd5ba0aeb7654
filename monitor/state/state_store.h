// What must outlive the process, as records by section and key: restart windows, learned ports,
// open findings, pauses. In memory; whoever owns the agent has it written to disk (StateFile) and
// read before the first check runs. Engine thread only.
//
// A record is a list of fields, bytes of any kind. Each section belongs to one part of the agent,
// which bounds what it keeps there and does not trust what it reads: a file may be old, or somebody
// else's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hale::monitor {

using StateRecord = std::vector<std::string>;
using StateSection = std::map<std::string, StateRecord, std::less<>>;  // by key

class StateStore {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  const StateSection& section(std::string_view name) const;  // an empty one where there is none

  // False, and counted, where everything together would exceed kMaxBytes; an earlier record of that
  // key then stays. Nothing changes by putting what is there already.
  bool put(std::string_view section, std::string_view key, StateRecord record);
  void erase(std::string_view section, std::string_view key);

  using Sections = std::map<std::string, StateSection, std::less<>>;
  const Sections& sections() const { return sections_; }
  std::uint64_t version() const { return version_; }  // counts changes
  std::uint64_t refused() const { return refused_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Sections sections_;
  std::uint64_t version_ = 0;
  std::uint64_t refused_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hale::monitor
