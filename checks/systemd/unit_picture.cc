#include "checks/systemd/unit_picture.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace hale::checks {
namespace {

constexpr std::size_t kMostWanted = 10'000;

bool is_template(std::string_view name) {
  return name.contains("@.");
}

bool is_enabled_state(std::string_view state) {
  return state == "enabled" || state == "enabled-runtime";
}

}  // namespace

bool is_enabled(const Unit& unit) {
  return is_enabled_state(unit.file_state) ||
         (!unit.wanted_by.empty() && (unit.file_state == "generated" ||
                                      // No list of files tells of an instance.
                                      (unit.file_state.empty() && unit.name.contains('@'))));
}

const Unit* UnitPicture::find(std::string_view name) const {
  auto found = units_.find(name);
  if (found == units_.end()) {
    const auto alias = aliases_.find(name);
    found = alias == aliases_.end() ? units_.end() : units_.find(alias->second);
  }
  return found == units_.end() ? nullptr : &found->second;
}

void UnitPicture::want(std::string_view name) {
  if (wanted_.size() < kMostWanted && wanted_.emplace(name).second) {
    const auto found = units_.find(name);
    if (found != units_.end()) {
      want_details(found->second);
    }
  }
}

std::vector<std::string> UnitPicture::wanted_and_unknown() const {
  std::vector<std::string> names;
  for (const std::string& name : wanted_) {
    if (find(name) == nullptr) {
      names.push_back(name);
    }
  }
  return names;
}

// What is worth a question: whoever runs, failed, should run, or was asked for. Of the many units
// that merely exist, the row tells all.
bool UnitPicture::needs_details(const Unit& unit) const {
  if (wanted_.contains(unit.name) || is_enabled_state(unit.file_state) ||
      unit.file_state == "generated") {
    return true;
  }
  const std::string_view name = unit.name;
  if (name.ends_with(".timer") || name.ends_with(".socket")) {
    return unit.load_state == "loaded";
  }
  // Whether an instance is enabled, no list of files tells.
  return name.ends_with(".service") && (unit.active_state != "inactive" || name.contains('@')) &&
         unit.load_state != "not-found";
}

bool UnitPicture::is_polled(const Unit& unit) const {
  return unit.detailed && (wanted_.contains(unit.name) || is_enabled(unit));
}

void UnitPicture::want_details(Unit& unit) {
  if (needs_details(unit)) {
    unread_.insert(unit.name);
  }
}

void UnitPicture::apply_file(Unit& unit) const {
  const auto file = files_.find(unit.name);
  if (file != files_.end()) {
    unit.file_state = file->second.state;
    unit.fragment_path = file->second.path;
  }
}

void UnitPicture::take_files(const std::vector<UnitFileRow>& files) {
  files_.clear();
  for (const UnitFileRow& file : files) {
    if (!is_template(file.name)) {
      files_.insert_or_assign(file.name, File{.path = file.path, .state = file.state});
    }
  }
}

void UnitPicture::take_row(const UnitRow& row) {
  // Devices follow the hardware, by the hundred, and nothing is to be told of them.
  if (row.name.ends_with(".device")) {
    return;
  }
  Unit& unit = units_[row.name];
  unit.name = row.name;
  unit.load_state = row.load_state;
  unit.active_state = row.active_state;
  unit.sub_state = row.sub_state;
  unit.has_job = row.has_job;
  apply_file(unit);
  want_details(unit);
}

void UnitPicture::take_rows(const std::vector<UnitRow>& rows) {
  std::set<std::string_view> loaded;
  for (const UnitRow& row : rows) {
    loaded.insert(row.name);
    take_row(row);
    if (const auto found = units_.find(row.name); found != units_.end()) {
      found->second.conflicts.clear();
      found->second.wanted_by.clear();
    }
  }
  std::erase_if(units_, [&](const auto& entry) { return !loaded.contains(entry.first); });
  aliases_.clear();
  related_.clear();
  // Enabled, and nobody needed it so far: not loaded.
  for (const auto& [name, file] : files_) {
    if (is_enabled_state(file.state) && !units_.contains(name) && !aliases_.contains(name)) {
      Unit& unit = units_[name];
      unit.name = name;
      unit.load_state = "loaded";
      unit.active_state = "inactive";
      unit.sub_state = "dead";
      apply_file(unit);
    }
  }
}

void UnitPicture::take_wanted(const std::vector<std::string>& asked,
                              const std::vector<UnitRow>& rows) {
  for (std::size_t i = 0; i < asked.size() && i < rows.size(); ++i) {
    if (rows[i].name != asked[i]) {
      aliases_.insert_or_assign(asked[i], rows[i].name);
      wanted_.insert(rows[i].name);
    }
    take_row(rows[i]);
  }
}

bool UnitPicture::lacks_relations(const Unit& unit) const {
  const bool rests = unit.active_state == "inactive" || unit.active_state == "failed";
  return (rests || unit.name.contains('@')) && !related_.contains(unit.name);
}

std::vector<const char*> UnitPicture::properties_to_ask(std::string_view name) {
  const auto found = units_.find(name);
  if (found == units_.end()) {
    return {};
  }
  const Unit& unit = found->second;
  std::vector<const char*> list = {"StateChangeTimestamp", "NeedDaemonReload"};
  const auto add = [&list](std::initializer_list<const char*> more) {
    list.insert(list.end(), more);
  };
  if (unit.active_state.empty()) {
    add({"LoadState", "ActiveState", "SubState"});
  }
  if (unit.load_state == "error" || unit.load_state == "bad-setting") {
    add({"LoadError"});
  }
  if (name.ends_with(".service")) {
    add({"InvocationID", "TriggeredBy", "Conflicts"});
  } else if (name.ends_with(".socket") || name.ends_with(".timer")) {
    add({"Triggers", "Conflicts"});
  }
  // Who wants a unit matters where it rests.
  if (lacks_relations(unit)) {
    related_.insert(unit.name);
    add({"WantedBy", "RequiredBy", "UpheldBy", "ConditionResult", "ConditionTimestamp",
         "InactiveEnterTimestamp"});
  }
  return list;
}

bool UnitPicture::take_properties(std::string_view name, std::string_view interface,
                                  sd_bus_message* reply, const ClockPair& clocks) {
  const auto found = units_.find(name);  // it may be gone in between
  return found == units_.end() || read_properties(reply, interface, clocks, found->second);
}

bool UnitPicture::take_property(std::string_view name, const char* property, sd_bus_message* reply,
                                const ClockPair& clocks) {
  const auto found = units_.find(name);
  return found == units_.end() ||
         read_property(reply, "org.freedesktop.systemd1.Unit", property, clocks, found->second);
}

void UnitPicture::end_details(std::string_view name, const ClockPair& clocks) {
  const auto found = units_.find(name);
  if (found == units_.end()) {
    return;
  }
  Unit& unit = found->second;
  unit.detailed = true;
  for (const std::string& rival : unit.conflicts) {
    const auto other = units_.find(rival);
    if (other != units_.end() &&
        std::ranges::find(other->second.conflicts, unit.name) == other->second.conflicts.end()) {
      other->second.conflicts.push_back(unit.name);
    }
  }
  on_change_(unit, clocks);
}

// systemd sends what belongs to the kind of unit first, and what all units have last: then the unit
// is whole again.
bool UnitPicture::take_change(std::string_view name, sd_bus_message* signal,
                              const ClockPair& clocks) {
  const auto found = units_.find(name);
  if (found == units_.end()) {
    return true;
  }
  Unit& unit = found->second;
  const char* interface = nullptr;
  if (::sd_bus_message_read_basic(signal, 's', &interface) <= 0 ||
      !read_properties(signal, interface, clocks, unit)) {
    return false;
  }
  if (std::string_view(interface) == "org.freedesktop.systemd1.Unit") {
    if (!unit.detailed || lacks_relations(unit)) {
      want_details(unit);
    }
    on_change_(unit, clocks);
  }
  return true;
}

void UnitPicture::add_loaded(std::string_view name) {
  if (name.ends_with(".device") || units_.size() >= kMostUnits) {
    return;
  }
  const auto [found, added] = units_.try_emplace(std::string(name));
  Unit& unit = found->second;
  if (added) {
    unit.name = name;
    unit.load_state = "loaded";
    apply_file(unit);
  }
  // To ask for a unit loads it, and says so: what is known already is not asked for again.
  if (!unit.detailed) {
    unread_.insert(unit.name);
  }
}

void UnitPicture::drop_loaded(std::string_view name) {
  const auto found = units_.find(name);
  if (found == units_.end()) {
    return;
  }
  Unit& unit = found->second;
  if (wanted_.contains(name) || is_enabled_state(unit.file_state)) {
    if (unit.active_state != "failed") {
      unit.active_state = "inactive";
      unit.sub_state = "dead";
    }
    unit.has_job = false;
    return;
  }
  unread_.erase(unit.name);
  units_.erase(found);
}

void UnitPicture::end_job(std::string_view name, std::string_view result, monitor::WallTime now) {
  const auto found = units_.find(name);
  if (found == units_.end()) {
    return;
  }
  Unit& unit = found->second;
  if (result == "done") {
    unit.failed_job.clear();
    unit.job_failed.reset();
  } else if (result == "failed" || result == "timeout" || result == "dependency" ||
             result == "assert" || result == "unsupported") {
    unit.failed_job = result;
    unit.job_failed = now;
  }
}

std::set<std::string, std::less<>> UnitPicture::take_unread() {
  return std::exchange(unread_, {});
}

std::size_t UnitPicture::polled() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(units_, [this](const auto& entry) { return is_polled(entry.second); }));
}

std::vector<std::string> UnitPicture::next_to_poll(std::size_t most) {
  std::vector<std::string> names;
  auto place = units_.upper_bound(cursor_);
  for (std::size_t seen = 0; seen < units_.size() && names.size() < most; ++seen) {
    if (place == units_.end()) {
      place = units_.begin();
    }
    if (is_polled(place->second)) {
      names.push_back(place->first);
    }
    cursor_ = place->first;
    ++place;
  }
  return names;
}

}  // namespace hale::checks
