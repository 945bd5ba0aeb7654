#include "checks/systemd/unit_properties.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace hale::checks {
namespace {

using monitor::WallTime;

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestList = 1000;

struct Target {
  Unit& unit;
  const ClockPair& clocks;
  ServiceFacts& service() { return unit.service ? *unit.service : unit.service.emplace(); }
  SocketFacts& socket() { return unit.socket ? *unit.socket : unit.socket.emplace(); }
  TimerFacts& timer() { return unit.timer ? *unit.timer : unit.timer.emplace(); }
};

// What a property is called, its type, and what becomes of it. `read` is called with the variant
// entered; negative: the message is broken.
struct Property {
  std::string_view name;
  const char* type;
  int (*read)(sd_bus_message* message, Target& target);
};

std::string cut(const char* text) {
  return {text, ::strnlen(text, kLongestText)};
}

int read_text(sd_bus_message* message, std::string& into) {
  const char* text = nullptr;
  const int done = ::sd_bus_message_read_basic(message, 's', &text);
  if (done > 0) {
    into = cut(text);
  }
  return done;
}

int read_flag(sd_bus_message* message, bool& into) {
  int value = 0;
  const int done = ::sd_bus_message_read_basic(message, 'b', &value);
  into = value != 0;
  return done;
}

int read_number(sd_bus_message* message, std::uint64_t& into) {
  return ::sd_bus_message_read_basic(message, 't', &into);
}

// Microseconds since the epoch; 0 and the greatest number say that there is none.
std::optional<WallTime> wall_time(std::uint64_t microseconds) {
  constexpr std::uint64_t kLatest = std::uint64_t{8'000'000'000} * 1'000'000;  // the year 2223
  if (microseconds == 0 || microseconds > kLatest) {
    return std::nullopt;
  }
  return WallTime(std::chrono::microseconds(microseconds));
}

int read_time(sd_bus_message* message, std::optional<WallTime>& into) {
  std::uint64_t value = 0;
  const int done = read_number(message, value);
  into = wall_time(value);
  return done;
}

// Adds to `into`, without those that are there.
int add_list(sd_bus_message* message, std::vector<std::string>& into) {
  int done = ::sd_bus_message_enter_container(message, 'a', "s");
  const char* text = nullptr;
  while (done >= 0 && (done = ::sd_bus_message_read_basic(message, 's', &text)) > 0) {
    std::string name = cut(text);
    bool known = into.size() >= kLongestList;
    for (const std::string& other : into) {
      known = known || other == name;
    }
    if (!known) {
      into.push_back(std::move(name));
    }
  }
  return done < 0 ? done : ::sd_bus_message_exit_container(message);
}

int read_job(sd_bus_message* message, Target& target) {
  std::uint32_t id = 0;
  const char* path = nullptr;
  const int done = ::sd_bus_message_read(message, "(uo)", &id, &path);
  target.unit.has_job = id != 0;
  return done;
}

int read_load_error(sd_bus_message* message, Target& target) {
  const char* name = nullptr;
  const char* text = nullptr;
  const int done = ::sd_bus_message_read(message, "(ss)", &name, &text);
  if (done > 0) {
    target.unit.load_error = cut(text);
  }
  return done;
}

int read_invocation(sd_bus_message* message, Target& target) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const void* data = nullptr;
  std::size_t size = 0;
  const int done = ::sd_bus_message_read_array(message, 'y', &data, &size);
  if (done >= 0 && size == 16) {
    target.unit.invocation.clear();
    for (const std::uint8_t byte : std::span(static_cast<const std::uint8_t*>(data), size)) {
      target.unit.invocation += kHex[byte >> 4U];
      target.unit.invocation += kHex[byte & 0xFU];
    }
  }
  return done;
}

int read_flush(sd_bus_message* message, std::vector<std::string>& into) {
  into.clear();
  return add_list(message, into);
}

// a(sasbttttuii): the first command's arguments.
int read_command(sd_bus_message* message, Target& target) {
  std::vector<std::string>& command = target.service().command;
  command.clear();
  int done = ::sd_bus_message_enter_container(message, 'a', "(sasbttttuii)");
  bool first = true;
  while (done >= 0 && (done = ::sd_bus_message_enter_container(message, 'r', "sasbttttuii")) > 0) {
    std::vector<std::string> ignored;
    done = ::sd_bus_message_skip(message, "s");
    if (done >= 0) {
      // Not add_list(): an argument may stand there twice.
      done = ::sd_bus_message_enter_container(message, 'a', "s");
      const char* text = nullptr;
      while (done >= 0 && (done = ::sd_bus_message_read_basic(message, 's', &text)) > 0) {
        if (first && command.size() < kLongestList) {
          command.push_back(cut(text));
        }
      }
      done = done < 0 ? done : ::sd_bus_message_exit_container(message);
    }
    first = false;
    done = done < 0 ? done : ::sd_bus_message_skip(message, "bttttuii");
    done = done < 0 ? done : ::sd_bus_message_exit_container(message);
  }
  return done < 0 ? done : ::sd_bus_message_exit_container(message);
}

int read_listen(sd_bus_message* message, Target& target) {
  auto& listen = target.socket().listen;
  listen.clear();
  int done = ::sd_bus_message_enter_container(message, 'a', "(ss)");
  const char* type = nullptr;
  const char* address = nullptr;
  while (done >= 0 && (done = ::sd_bus_message_read(message, "(ss)", &type, &address)) > 0) {
    if (listen.size() < kLongestList) {
      listen.emplace_back(cut(type), cut(address));
    }
  }
  return done < 0 ? done : ::sd_bus_message_exit_container(message);
}

int read_triggers(sd_bus_message* message, Target& target) {
  std::vector<std::string> list;
  const int done = add_list(message, list);
  if (target.unit.name.ends_with(".socket")) {
    target.socket().triggers = std::move(list);
  } else if (target.unit.name.ends_with(".timer")) {
    target.timer().triggers = std::move(list);
  }
  return done;
}

template <auto Member>
int unit_text(sd_bus_message* message, Target& target) {
  return read_text(message, target.unit.*Member);
}
template <auto Member>
int unit_time(sd_bus_message* message, Target& target) {
  return read_time(message, target.unit.*Member);
}
template <auto Member>
int service_text(sd_bus_message* message, Target& target) {
  return read_text(message, target.service().*Member);
}
template <auto Member>
int service_time(sd_bus_message* message, Target& target) {
  return read_time(message, target.service().*Member);
}
template <auto Member>
int service_int(sd_bus_message* message, Target& target) {
  return ::sd_bus_message_read_basic(message, 'i', &(target.service().*Member));
}
template <auto Member>
int socket_number(sd_bus_message* message, Target& target) {
  return ::sd_bus_message_read_basic(message, 'u', &(target.socket().*Member));
}
int wanted_by(sd_bus_message* message, Target& target) {
  return add_list(message, target.unit.wanted_by);
}
int conflicts(sd_bus_message* message, Target& target) {
  return add_list(message, target.unit.conflicts);
}

constexpr auto kUnitProperties = std::to_array<Property>({
    {"LoadState", "s", &unit_text<&Unit::load_state>},
    {"ActiveState", "s", &unit_text<&Unit::active_state>},
    {"SubState", "s", &unit_text<&Unit::sub_state>},
    {"UnitFileState", "s", &unit_text<&Unit::file_state>},
    {"FragmentPath", "s", &unit_text<&Unit::fragment_path>},
    {"LoadError", "(ss)", &read_load_error},
    {"NeedDaemonReload", "b",
     [](sd_bus_message* message, Target& target) {
       return read_flag(message, target.unit.need_reload);
     }},
    {"Job", "(uo)", &read_job},
    {"InvocationID", "ay", &read_invocation},
    {"ConditionResult", "b",
     [](sd_bus_message* message, Target& target) {
       bool holds = true;
       const int done = read_flag(message, holds);
       target.unit.condition_failed = !holds;
       return done;
     }},
    // Before any start no condition was looked at, and its result reads "no".
    {"ConditionTimestamp", "t",
     [](sd_bus_message* message, Target& target) {
       std::uint64_t value = 0;
       const int done = read_number(message, value);
       target.unit.condition_failed = target.unit.condition_failed && value != 0;
       return done;
     }},
    {"StateChangeTimestamp", "t", &unit_time<&Unit::state_changed>},
    {"ActiveEnterTimestamp", "t", &unit_time<&Unit::active_since>},
    {"InactiveEnterTimestamp", "t", &unit_time<&Unit::inactive_since>},
    {"Triggers", "as", &read_triggers},
    {"TriggeredBy", "as",
     [](sd_bus_message* message, Target& target) {
       return read_flush(message, target.unit.triggered_by);
     }},
    {"RequiredBy", "as", &wanted_by},
    {"RequisiteOf", "as", &wanted_by},
    {"WantedBy", "as", &wanted_by},
    {"BoundBy", "as", &wanted_by},
    {"UpheldBy", "as", &wanted_by},
    {"Conflicts", "as", &conflicts},
    {"ConflictedBy", "as", &conflicts},
});

constexpr auto kServiceProperties = std::to_array<Property>({
    {"Type", "s", &service_text<&ServiceFacts::type>},
    {"Restart", "s", &service_text<&ServiceFacts::restart>},
    {"Result", "s", &service_text<&ServiceFacts::result>},
    {"ReloadResult", "s", &service_text<&ServiceFacts::reload_result>},
    {"RemainAfterExit", "b",
     [](sd_bus_message* message, Target& target) {
       return read_flag(message, target.service().remain_after_exit);
     }},
    {"NRestarts", "u",
     [](sd_bus_message* message, Target& target) {
       return ::sd_bus_message_read_basic(message, 'u', &target.service().restarts);
     }},
    {"MainPID", "u",
     [](sd_bus_message* message, Target& target) {
       std::uint32_t pid = 0;
       const int done = ::sd_bus_message_read_basic(message, 'u', &pid);
       target.service().main_pid = pid;
       return done;
     }},
    {"ExecMainCode", "i", &service_int<&ServiceFacts::exit_code>},
    {"ExecMainStatus", "i", &service_int<&ServiceFacts::exit_status>},
    {"ExecMainStartTimestamp", "t", &service_time<&ServiceFacts::main_started>},
    {"ExecMainExitTimestamp", "t", &service_time<&ServiceFacts::main_exited>},
    {"WatchdogUSec", "t",
     [](sd_bus_message* message, Target& target) {
       std::uint64_t value = 0;
       const int done = read_number(message, value);
       constexpr std::uint64_t kLongest = std::uint64_t{3600} * 24 * 365 * 1'000'000;
       target.service().watchdog =
           value == 0 || value > kLongest
               ? std::nullopt
               : std::optional<monitor::Duration>(std::chrono::microseconds(value));
       return done;
     }},
    {"WatchdogTimestamp", "t", &service_time<&ServiceFacts::watchdog_last_sign>},
    {"StatusText", "s", &service_text<&ServiceFacts::status_text>},
    {"ExecStart", "a(sasbttttuii)", &read_command},
    {"PrivateNetwork", "b",
     [](sd_bus_message* message, Target& target) {
       return read_flag(message, target.service().private_network);
     }},
    {"NetworkNamespacePath", "s",
     [](sd_bus_message* message, Target& target) {
       std::string path;
       const int done = read_text(message, path);
       target.service().private_network = target.service().private_network || !path.empty();
       return done;
     }},
    {"ControlGroup", "s", &unit_text<&Unit::control_group>},
});

constexpr auto kSocketProperties = std::to_array<Property>({
    {"Listen", "a(ss)", &read_listen},
    {"BindIPv6Only", "s",
     [](sd_bus_message* message, Target& target) {
       return read_text(message, target.socket().bind_ipv6_only);
     }},
    {"Result", "s",
     [](sd_bus_message* message, Target& target) {
       return read_text(message, target.socket().result);
     }},
    {"NConnections", "u", &socket_number<&SocketFacts::connections>},
    {"NAccepted", "u", &socket_number<&SocketFacts::accepted>},
    {"NRefused", "u", &socket_number<&SocketFacts::refused>},
    {"ControlGroup", "s", &unit_text<&Unit::control_group>},
});

// The earlier of what both clocks say; each is unset where the timer has no elapse on it.
void take_elapse(std::optional<WallTime>& next, std::optional<WallTime> candidate) {
  if (candidate && (!next || *candidate < *next)) {
    next = candidate;
  }
}

constexpr auto kTimerProperties = std::to_array<Property>({
    {"Result", "s",
     [](sd_bus_message* message, Target& target) {
       return read_text(message, target.timer().result);
     }},
    {"LastTriggerUSec", "t",
     [](sd_bus_message* message, Target& target) {
       return read_time(message, target.timer().last_trigger);
     }},
    {"NextElapseUSecRealtime", "t",
     [](sd_bus_message* message, Target& target) {
       std::optional<WallTime> time;
       const int done = read_time(message, time);
       take_elapse(target.timer().next_elapse, time);
       return done;
     }},
    {"NextElapseUSecMonotonic", "t",
     [](sd_bus_message* message, Target& target) {
       std::uint64_t value = 0;
       const int done = read_number(message, value);
       constexpr std::uint64_t kLatest = std::uint64_t{1'000'000'000} * 1'000'000;
       if (value != 0 && value < kLatest) {
         const monitor::TimePoint moment{std::chrono::microseconds(value)};
         take_elapse(target.timer().next_elapse,
                     target.clocks.wall + (moment - target.clocks.monotonic));
       }
       return done;
     }},
});

std::span<const Property> properties_of(std::string_view interface) {
  if (interface == "org.freedesktop.systemd1.Unit") {
    return kUnitProperties;
  }
  if (interface == "org.freedesktop.systemd1.Service") {
    return kServiceProperties;
  }
  if (interface == "org.freedesktop.systemd1.Socket") {
    return kSocketProperties;
  }
  if (interface == "org.freedesktop.systemd1.Timer") {
    return kTimerProperties;
  }
  return {};
}

const Property* find_property(std::span<const Property> known, std::string_view name) {
  for (const Property& property : known) {
    if (property.name == name) {
      return &property;
    }
  }
  return nullptr;
}

int read_value(sd_bus_message* message, std::span<const Property> known, std::string_view name,
               Target& target) {
  const Property* const property = find_property(known, name);
  if (property == nullptr || ::sd_bus_message_verify_type(message, 'v', property->type) <= 0) {
    return ::sd_bus_message_skip(message, "v");
  }
  int done = ::sd_bus_message_enter_container(message, 'v', property->type);
  done = done < 0 ? done : property->read(message, target);
  return done < 0 ? done : ::sd_bus_message_exit_container(message);
}

int read_entry(sd_bus_message* message, std::span<const Property> known, Target& target) {
  const char* name = nullptr;
  const int done = ::sd_bus_message_read_basic(message, 's', &name);
  if (done <= 0) {
    return done == 0 ? -1 : done;
  }
  return read_value(message, known, name, target);
}

// What comes in two properties, each only where it is set.
void forget_sums(std::span<const Property> known, Unit& unit) {
  if (known.data() == kTimerProperties.data() && unit.timer) {
    unit.timer->next_elapse.reset();
  }
}

}  // namespace

bool read_properties(sd_bus_message* message, std::string_view interface, const ClockPair& clocks,
                     Unit& unit) {
  const std::span<const Property> known = properties_of(interface);
  forget_sums(known, unit);
  Target target{.unit = unit, .clocks = clocks};
  int done = ::sd_bus_message_enter_container(message, 'a', "{sv}");
  while (done >= 0 && (done = ::sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
    done = read_entry(message, known, target);
    done = done < 0 ? done : ::sd_bus_message_exit_container(message);
  }
  return done >= 0 && ::sd_bus_message_exit_container(message) >= 0;
}

bool read_property(sd_bus_message* message, std::string_view interface, std::string_view name,
                   const ClockPair& clocks, Unit& unit) {
  Target target{.unit = unit, .clocks = clocks};
  return read_value(message, properties_of(interface), name, target) >= 0;
}

bool read_unit_rows(sd_bus_message* message, std::vector<UnitRow>& rows) {
  int done = ::sd_bus_message_enter_container(message, 'a', "(ssssssouso)");
  const char* name = nullptr;
  const char* load = nullptr;
  const char* active = nullptr;
  const char* sub = nullptr;
  const char* following = nullptr;
  const char* path = nullptr;
  std::uint32_t job = 0;
  while (done >= 0 &&
         (done = ::sd_bus_message_read(message, "(ssssssouso)", &name, nullptr, &load, &active,
                                       &sub, &following, &path, &job, nullptr, nullptr)) > 0) {
    if (rows.size() >= kMostUnits) {
      return false;
    }
    rows.push_back({.name = cut(name),
                    .load_state = cut(load),
                    .active_state = cut(active),
                    .sub_state = cut(sub),
                    .following = cut(following),
                    .path = cut(path),
                    .has_job = job != 0});
  }
  return done >= 0;
}

bool read_unit_files(sd_bus_message* message, std::vector<UnitFileRow>& rows) {
  int done = ::sd_bus_message_enter_container(message, 'a', "(ss)");
  const char* path = nullptr;
  const char* state = nullptr;
  while (done >= 0 && (done = ::sd_bus_message_read(message, "(ss)", &path, &state)) > 0) {
    if (rows.size() >= kMostUnits) {
      return false;
    }
    std::string whole = cut(path);
    std::string name = whole.substr(whole.rfind('/') + 1);
    rows.push_back({.name = std::move(name), .path = std::move(whole), .state = cut(state)});
  }
  return done >= 0;
}

const char* interface_of(std::string_view name) {
  if (name.ends_with(".service")) {
    return "org.freedesktop.systemd1.Service";
  }
  if (name.ends_with(".socket")) {
    return "org.freedesktop.systemd1.Socket";
  }
  if (name.ends_with(".timer")) {
    return "org.freedesktop.systemd1.Timer";
  }
  return nullptr;
}

}  // namespace hale::checks
