#include "checks/sys/cgroup_owner.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<unsigned>(c - 'a' + 10);
  }
  return std::nullopt;
}

// "machine-web\x2d1.scope" -> "machine-web-1.scope" (systemd-escape(1)).
std::string unescaped(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i, 2) == "\\x" && i + 3 < name.size()) {
      const auto high = hex_digit(name[i + 2]);
      const auto low = hex_digit(name[i + 3]);
      if (high && low) {
        text += static_cast<char>(*high * 16 + *low);
        i += 3;
        continue;
      }
    }
    text += name[i];
  }
  return text;
}

bool is_container_id(std::string_view text) {
  constexpr std::size_t kLength = 64;
  return text.size() == kLength &&
         std::ranges::all_of(text, [](char c) { return hex_digit(c).has_value(); });
}

// systemd puts "_" before a name that would look like a file of the control group itself.
std::string_view plain(std::string_view component) {
  return component.starts_with('_') ? component.substr(1) : component;
}

bool is_unit(std::string_view component) {
  constexpr std::array<std::string_view, 6> kSuffixes = {".service", ".socket", ".scope",
                                                         ".mount",   ".swap",   ".slice"};
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
    return component.size() > suffix.size() && component.ends_with(suffix);
  });
}

// The id or name of the container that this component begins; "" where it begins none.
std::string container_of(std::string_view component, std::string_view parent) {
  if (is_container_id(
          component)) {  // engines that do not ask systemd: "/docker/ID", ".../podUID/ID"
    return std::string(component);
  }
  if (parent == "lxc" || component.starts_with("lxc.payload.")) {
    constexpr std::string_view kPayload = "lxc.payload.";
    return std::string(component.starts_with(kPayload) ? component.substr(kPayload.size())
                                                       : component);
  }
  std::string_view name = component;
  if (name.ends_with(".scope")) {
    name.remove_suffix(std::string_view(".scope").size());
    // "docker-ID", "libpod-ID", "cri-containerd-ID", "crio-ID"
    const std::size_t dash = name.rfind('-');
    if (dash != std::string_view::npos && is_container_id(name.substr(dash + 1)) &&
        !name.starts_with("crio-conmon-") && !name.starts_with("libpod-conmon-")) {
      return std::string(name.substr(dash + 1));
    }
    if (parent == "machine.slice" && name.starts_with("machine-")) {
      return unescaped(name.substr(std::string_view("machine-").size()));
    }
    return "";
  }
  constexpr std::string_view kNspawn = "systemd-nspawn@";
  if (name.starts_with(kNspawn) && name.ends_with(".service")) {
    name.remove_prefix(kNspawn.size());
    name.remove_suffix(std::string_view(".service").size());
    return unescaped(name);
  }
  return "";
}

}  // namespace

CgroupOwner cgroup_owner(std::string_view path) {
  CgroupOwner owner;
  std::string_view parent;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = plain(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component.empty()) {
      continue;
    }
    owner.container = container_of(component, parent);
    // A manager's own processes are in "init.scope" below its service.
    const bool of_manager = component == "init.scope" && !owner.unit.empty();
    if (is_unit(component) && !component.ends_with(".slice") && !of_manager) {
      owner.unit = component;
    }
    if (!owner.container.empty()) {
      break;
    }
    parent = component;
  }
  return owner;
}

std::string parse_process_cgroup(std::string_view text) {
  std::string systemd;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    // "0::/system.slice/x.service", "1:name=systemd:/system.slice/x.service"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) {
      continue;
    }
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (controllers.empty() && line.substr(0, first) == "0" && path != "/") {
      return std::string(path);
    }
    if (controllers == "name=systemd" || (controllers.empty() && systemd.empty())) {
      systemd = path;
    }
  }
  return systemd;
}

bool unit_matches(std::string_view unit, std::string_view wanted) {
  if (unit == wanted) {
    return !unit.empty();
  }
  constexpr std::string_view kService = ".service";
  constexpr std::string_view kSocket = ".socket";
  return wanted.ends_with(kService) && unit.ends_with(kSocket) &&
         unit.substr(0, unit.size() - kSocket.size()) ==
             wanted.substr(0, wanted.size() - kService.size());
}

}  // namespace hale::checks
