// The picture of systemd's units, as rows, properties and signals make it up. No I/O of its own:
// what it wants to know more about, it lists. Engine thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include "checks/systemd/unit.h"
#include "checks/systemd/unit_properties.h"

namespace hale::checks {

class UnitPicture {
 public:
  // `on_change` is called for a unit whose states are all known as of one moment.
  explicit UnitPicture(std::function<void(const Unit&, const ClockPair&)> on_change)
      : on_change_(std::move(on_change)) {}

  const Units& units() const { return units_; }
  const Unit* find(std::string_view name) const;  // by an alias, too

  void want(std::string_view name);
  // Those of the wanted that are not loaded, nor known to be missing.
  std::vector<std::string> wanted_and_unknown() const;

  // Everything that is loaded, and all unit files. What is neither is forgotten.
  void take_files(const std::vector<UnitFileRow>& files);
  void take_rows(const std::vector<UnitRow>& rows);
  // Those that were asked for by name, in that order; `rows` may be shorter.
  void take_wanted(const std::vector<std::string>& asked, const std::vector<UnitRow>& rows);
  // What to ask of the unit itself, a property at a time: all of them together would cost systemd
  // a millisecond, most of it for finding out whether the unit is enabled.
  std::vector<const char*> properties_to_ask(std::string_view name);
  // The answer to GetAll, for what belongs to the kind of unit, and to Get. False: it is none.
  bool take_properties(std::string_view name, std::string_view interface, sd_bus_message* reply,
                       const ClockPair& clocks);
  bool take_property(std::string_view name, const char* property, sd_bus_message* reply,
                     const ClockPair& clocks);
  // Everything that was to be asked was answered.
  void end_details(std::string_view name, const ClockPair& clocks);
  // A signal of the unit's object. False: it is broken.
  bool take_change(std::string_view name, sd_bus_message* signal, const ClockPair& clocks);

  void add_loaded(std::string_view name);
  void drop_loaded(std::string_view name);
  void end_job(std::string_view name, std::string_view result, monitor::WallTime now);

  // Units of which more than the row should be read, each once.
  std::set<std::string, std::less<>> take_unread();
  bool has_unread() const { return !unread_.empty(); }
  // The next units, at most `most`, of which something may have changed without a signal.
  std::vector<std::string> next_to_poll(std::size_t most);
  std::size_t polled() const;  // how many there are of them

 private:
  bool needs_details(const Unit& unit) const;
  bool is_polled(const Unit& unit) const;
  void take_row(const UnitRow& row);
  void want_details(Unit& unit);
  void apply_file(Unit& unit) const;
  bool lacks_relations(const Unit& unit) const;

  struct File {
    std::string path;
    std::string state;
  };
  std::function<void(const Unit&, const ClockPair&)> on_change_;
  Units units_;
  std::map<std::string, File, std::less<>> files_;
  std::map<std::string, std::string, std::less<>> aliases_;  // to the unit's own name
  std::set<std::string, std::less<>> wanted_;
  std::set<std::string, std::less<>> unread_;
  std::set<std::string, std::less<>> related_;  // of which is known who wants them
  std::string cursor_;                          // the unit polled last
};

// Whether systemd is told to start it at boot.
bool is_enabled(const Unit& unit);

}  // namespace hale::checks
