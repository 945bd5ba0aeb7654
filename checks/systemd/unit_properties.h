// The properties of a unit as they come over D-Bus, into a Unit. Trusts nothing: a property of
// another type than is documented is passed over, strings and lists are cut where they are too
// long. Engine thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include "checks/systemd/unit.h"

namespace hale::checks {

// What turns systemd's monotonic times into wall time: the same moment on both clocks.
struct ClockPair {
  monitor::TimePoint monotonic;
  monitor::WallTime wall;
};

// Reads `a{sv}`, the properties of `interface`, of what Properties.GetAll answers and
// Properties.PropertiesChanged brings. False where the message is none.
bool read_properties(sd_bus_message* message, std::string_view interface, const ClockPair& clocks,
                     Unit& unit);

// Reads `v`, what Properties.Get answers for the property `name`.
bool read_property(sd_bus_message* message, std::string_view interface, std::string_view name,
                   const ClockPair& clocks, Unit& unit);

// One row of Manager.ListUnits and its kin: `a(ssssssouso)`.
struct UnitRow {
  std::string name;
  std::string load_state;
  std::string active_state;
  std::string sub_state;
  std::string following;  // the unit whose states it shares; mostly ""
  std::string path;       // of its object
  bool has_job = false;
};
// False where the message is no such list, or one with more than kMostUnits.
inline constexpr std::size_t kMostUnits = 100'000;
bool read_unit_rows(sd_bus_message* message, std::vector<UnitRow>& rows);

// One row of Manager.ListUnitFiles: `a(ss)`.
struct UnitFileRow {
  std::string name;
  std::string path;
  std::string state;
};
bool read_unit_files(sd_bus_message* message, std::vector<UnitFileRow>& rows);

// The interface for the kind of unit that `name` is: "org.freedesktop.systemd1.Service"; null for
// kinds of which no more than the unit's own properties is read.
const char* interface_of(std::string_view name);

}  // namespace hale::checks
