// The kernel's table of mounts, /proc/PID/mountinfo (proc(5)), and the administrator's intention,
// /etc/fstab (fstab(5)). Pure functions on their text.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

struct Mount {
  std::string point;   // where, as the kernel means it: may hold any byte but NUL
  std::string device;  // "254:0"; major 0: not on a block device
  std::string root;    // the directory of the file system that is mounted; "/" unless a bind mount
  std::string type;    // "ext4"
  // Of the file system itself. A read-only mount of a writable file system (a bind mount, a
  // sandbox around the agent) is not read-only in this sense.
  bool read_only = false;
};

// In the kernel's order: of two mounts on one point the later one lies on top. A line that does not
// look as documented is the error.
std::expected<std::vector<Mount>, std::string> parse_mountinfo(std::string_view text);

// The mount points that fstab wants writable: those without the option `ro`. Lines that cannot be
// understood are passed over: the file is edited by hand, and mount(8) does the same.
std::set<std::string> writable_in_fstab(std::string_view text);

// Octal escapes as both files use them: "\040" is a blank. Any other backslash stands for itself.
std::string unescape_octal(std::string_view text);

// A mount point as the name of an item: one line of printable UTF-8, equal for equal points only.
// Control characters, backslashes and bytes that are no UTF-8 become octal escapes.
std::string printable(std::string_view point);

}  // namespace hale::checks
