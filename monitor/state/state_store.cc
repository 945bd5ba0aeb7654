#include "monitor/state/state_store.h"

#include <utility>

namespace hale::monitor {
namespace {

std::size_t size_of(std::string_view key, const StateRecord& record) {
  std::size_t size = key.size();
  for (const std::string& field : record) {
    size += field.size() + 1;
  }
  return size;
}

}  // namespace

const StateSection& StateStore::section(std::string_view name) const {
  static const StateSection kEmpty;
  const auto found = sections_.find(name);
  return found == sections_.end() ? kEmpty : found->second;
}

bool StateStore::put(std::string_view section, std::string_view key, StateRecord record) {
  auto home = sections_.find(section);
  const bool is_section = home != sections_.end();
  const auto old = is_section ? home->second.find(key) : StateSection::iterator();
  const bool is_record = is_section && old != home->second.end();
  if (is_record && old->second == record) {
    return true;
  }
  const std::size_t before = is_record ? size_of(key, old->second) : 0;
  const std::size_t after = size_of(key, record);
  if (bytes_ - before + after > kMaxBytes) {
    ++refused_;
    return false;
  }
  bytes_ = bytes_ - before + after;
  ++version_;
  if (is_record) {
    old->second = std::move(record);
    return true;
  }
  if (!is_section) {
    home = sections_.emplace(section, StateSection()).first;
  }
  home->second.emplace(key, std::move(record));
  return true;
}

void StateStore::erase(std::string_view section, std::string_view key) {
  const auto home = sections_.find(section);
  if (home == sections_.end()) {
    return;
  }
  const auto record = home->second.find(key);
  if (record == home->second.end()) {
    return;
  }
  bytes_ -= size_of(key, record->second);
  home->second.erase(record);
  ++version_;
}

}  // namespace hale::monitor
