// Whose a control group is, by its path: the names that systemd and the engines of containers give
// to theirs. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hale::checks {

struct CgroupOwner {
  // The innermost unit: "nginx.service", "sshd.socket", "session-3.scope", of a user's manager too.
  // Of a container the unit around it, "docker-4f….scope"; its own units are not this host's.
  // "" where there is none.
  std::string unit;
  std::string container;  // its whole id, or the name of a machine; "" none
  bool operator==(const CgroupOwner&) const = default;
};

// Of "/system.slice/nginx.service", as /proc/PID/cgroup and the cgroup2 tree write it.
CgroupOwner cgroup_owner(std::string_view path);

// The path in /proc/PID/cgroup, of the unified tree where the kernel has it, else of systemd's own
// ("name=systemd"); "" where neither is there.
std::string parse_process_cgroup(std::string_view text);

// Whether a listener in `unit` counts as one of `wanted`: the same, or the socket unit of that
// service, in whose place systemd listens ("ssh.socket" for "ssh.service").
bool unit_matches(std::string_view unit, std::string_view wanted);

}  // namespace hale::checks
