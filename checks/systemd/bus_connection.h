// sd-bus on the agent's loop: one connection to systemd's bus, or to systemd itself. Nothing in it
// blocks: neither connecting nor authenticating nor a call waits anywhere but on the loop. Engine
// thread only.
//
// A connection that broke stays broken; whoever owns it makes a new one. When it is destroyed,
// calls under way are forgotten and nobody is called any more.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <systemd/sd-bus.h>

#include "monitor/run_context.h"
#include "monitor/runtime/task.h"
#include "monitor/time.h"

namespace hale::checks {

struct UnrefMessage {
  void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, UnrefMessage>;

// Why something could not be had of the bus.
struct BusError {
  enum class Kind : std::uint8_t {
    kAbsent,   // nobody listens there: no bus, no systemd
    kDenied,   // it is there, and does not let us
    kRefused,  // it answered with an error, `name`
    kLost,     // the connection broke
    kTimeout,
    kGarbage,  // what came is not what D-Bus or systemd says
    kAgent,    // our own fault: no descriptor, no memory, an address that is none
  };
  Kind kind = Kind::kLost;
  std::string name;     // "org.freedesktop.DBus.Error.AccessDenied", or an errno's name
  std::string message;  // for people; may be empty
};

// Where systemd's bus is. `direct`: systemd itself listens there, not a bus.
struct BusAddress {
  std::string address;  // "unix:path=/run/dbus/system_bus_socket"
  bool direct = false;
  bool operator==(const BusAddress&) const = default;
};

// What [systemd].bus means, the likeliest first: "system", "user", or an address of a Unix socket.
// `environment` looks up a variable, and gives "" where it is not set. Pure.
std::expected<std::vector<BusAddress>, BusError> bus_addresses(
    const std::string& bus, const std::function<std::string(const char*)>& environment);

class BusConnection {
 public:
  using Reply = std::expected<BusMessage, BusError>;
  struct Handlers {
    std::function<void(sd_bus_message*)> on_signal;  // of anybody on the bus; must not throw
    std::function<void()> on_lost;                   // once; must not destroy the connection
  };

  static std::expected<std::unique_ptr<BusConnection>, BusError> open(monitor::Services& services,
                                                                      const BusAddress& address,
                                                                      Handlers handlers);
  ~BusConnection();
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;

  bool lost() const;
  bool direct() const;

  // Null where there is no memory.
  BusMessage request(const char* destination, const char* path, const char* interface,
                     const char* member) const;
  // Of systemd's manager.
  BusMessage manager_request(const char* member) const;
  // All properties of one interface of an object of systemd.
  BusMessage get_all(const char* path, const char* interface) const;

  // One property of it.
  BusMessage get(const char* path, const char* interface, const char* property) const;

  // `then` is called with the reply, from the loop, never before ask() returns; not at all once the
  // connection is destroyed.
  void ask(BusMessage request, std::function<void(Reply)> then);

  // The same, waited for. Throws operation_aborted when the waiting coroutine is cancelled.
  monitor::Task<Reply> call(BusMessage request, monitor::TimePoint until);

 private:
  class State;
  explicit BusConnection(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// What an errno of sd-bus means. Pure.
BusError bus_error(int error, std::string_view what);

inline constexpr const char* kSystemdName = "org.freedesktop.systemd1";
inline constexpr const char* kSystemdPath = "/org/freedesktop/systemd1";
inline constexpr const char* kUnitInterface = "org.freedesktop.systemd1.Unit";
inline constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";
inline constexpr const char* kPropertiesInterface = "org.freedesktop.DBus.Properties";
inline constexpr const char* kBusName = "org.freedesktop.DBus";

}  // namespace hale::checks
