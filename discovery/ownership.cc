#include "discovery/ownership.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "checks/excerpt.h"

namespace hale::discovery {
namespace {

constexpr std::size_t kMostNameBytes = 80;

const checks::Unit* find(const Picture& picture, const std::string& name) {
  if (!picture.units) {
    return nullptr;
  }
  const auto unit = picture.units->find(name);
  return unit == picture.units->end() ? nullptr : &unit->second;
}

// Of a unit file: nobody starts what is not wanted by anything. "static" is started by others,
// "generated" and "alias" by whatever made them.
bool is_off(const checks::Unit& unit) {
  constexpr std::array<std::string_view, 5> kOff = {"disabled", "", "transient", "masked", "bad"};
  return std::ranges::find(kOff, unit.file_state) != kOff.end();
}

// Only what systemd would take for a name (systemd.unit(5)): a control group may be called
// anything.
bool is_service_or_socket(std::string_view unit) {
  constexpr std::size_t kMostBytes = 255;
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  return unit.size() <= kMostBytes && unit.find_first_not_of(kAllowed) == std::string_view::npos &&
         (unit.ends_with(".service") || unit.ends_with(".socket"));
}

}  // namespace

Lasting lasting(const Endpoint& endpoint, const Picture& picture) {
  if (!picture.units) {
    return Lasting::kUnknown;
  }
  if (!endpoint.container.empty()) {
    return Lasting::kUnknown;  // whoever runs the containers decides
  }
  const checks::Unit* unit = find(picture, endpoint.unit);
  if (unit == nullptr || !is_service_or_socket(endpoint.unit)) {
    return Lasting::kByHand;
  }
  const bool triggered = std::ranges::any_of(unit->triggered_by, [&](const std::string& name) {
    const checks::Unit* trigger = find(picture, name);
    return trigger != nullptr && !is_off(*trigger);
  });
  return is_off(*unit) && !triggered ? Lasting::kNo : Lasting::kYes;
}

std::string lasting_unit(const Endpoint& endpoint, const Picture& picture) {
  if (!endpoint.container.empty() || !is_service_or_socket(endpoint.unit)) {
    return "";
  }
  const checks::Unit* unit = find(picture, endpoint.unit);
  if (picture.units && (unit == nullptr || unit->file_state == "transient")) {
    return "";
  }
  return endpoint.unit;
}

bool waits_for_a_connection(const Endpoint& endpoint, const Picture& picture) {
  if (!endpoint.unit.ends_with(".socket")) {
    return false;
  }
  const checks::Unit* unit = find(picture, endpoint.unit);
  return unit == nullptr || unit->sub_state != "running";
}

std::string owner_text(const Endpoint& endpoint) {
  std::string text = checks::escaped(endpoint.program.name, kMostNameBytes);
  if (!endpoint.container.empty()) {
    return (text.empty() ? "something" : text) + " in a container";
  }
  if (!endpoint.unit.empty()) {
    text += (text.empty() ? "" : " in ") + checks::escaped(endpoint.unit, kMostNameBytes);
  }
  return text.empty() ? "a program that may not be seen" : text;
}

bool is_temporary(const Endpoint& endpoint, const Picture& picture) {
  return endpoint.port >= picture.first_temporary_port &&
         endpoint.port <= picture.last_temporary_port;
}

bool on_every_address(const Endpoint& endpoint) {
  return std::ranges::any_of(endpoint.addresses, &asio::ip::address::is_unspecified);
}

}  // namespace hale::discovery
