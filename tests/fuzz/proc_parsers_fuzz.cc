// Every parser of /proc and /sys: the first byte of the input chooses one, the rest is the file.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "checks/disk/mount_table.h"
#include "checks/proc/cpu_stats.h"
#include "checks/proc/kernel_stats.h"
#include "checks/proc/net_stats.h"
#include "checks/proc/process_text.h"
#include "checks/sockets/proc_net.h"
#include "checks/sys/cgroup_cpu.h"
#include "checks/sys/cgroup_owner.h"

namespace {

using namespace hale::checks;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

bool is_share(double value) {
  return value >= 0 && value <= 1;
}

// Cuts the text in two, so that there is an earlier look and a later one.
void cpu_times(std::string_view text) {
  const std::size_t half = text.find("\n\n");
  const auto before = parse_cpu_times(text.substr(0, half));
  const auto after = parse_cpu_times(half == std::string_view::npos ? text : text.substr(half + 2));
  if (!before || !after) {
    return;
  }
  if (const auto usage = cpu_usage(*before, *after)) {
    require(usage->cpus > 0 && is_share(usage->busy) && is_share(usage->steal) &&
            is_share(usage->busiest) && is_share(usage->iowait) && is_share(usage->user) &&
            is_share(usage->system));
  }
}

void cgroup(std::string_view text) {
  const auto limit = parse_cpu_max(text);
  require(!limit || !*limit || **limit > 0);
  static_cast<void>(parse_cgroup_cpu_stat(text));
}

void routes(std::string_view text) {
  RouteTable table;
  add_ipv4_routes(text, table);
  add_ipv6_routes(text, table);
}

void snmp(std::string_view text) {
  static_cast<void>(snmp_value(text, "Tcp", "RetransSegs"));
  static_cast<void>(snmp_value(text, "TcpExt", "ListenDrops"));
}

void pressure(std::string_view text) {
  const auto value = parse_pressure(text);
  require(!value || is_share(*value));
}

void load(std::string_view text) {
  const auto value = parse_loadavg(text);
  require(!value || (std::isfinite(value->load1) && value->load1 >= 0));
}

void process(std::string_view text) {
  const auto stat = parse_process_stat(text);
  require(!stat || text.contains(stat->name));
  static_cast<void>(parse_process_status(text));
  require(parse_command_line(text).size() <= text.size());
  static_cast<void>(parse_open_files_limit(text));
  const auto pid = parse_pid_file(text);
  require(!pid || *pid > 0);
  const CgroupOwner owner = cgroup_owner(parse_process_cgroup(text));
  require(owner.unit.size() <= text.size() && owner.container.size() <= text.size());
}

void sockets(std::string_view text) {
  std::vector<Listener> listeners;
  for (const SocketProtocol protocol : {SocketProtocol::kTcp, SocketProtocol::kUdp}) {
    static_cast<void>(parse_proc_net_inet(protocol, text, listeners));
  }
  for (const Listener& listener : listeners) {
    require(listener.port != 0);
  }
  static_cast<void>(parse_proc_net_unix(text, listeners));
  settle_dual_stack(listeners);
  for (const Listener& listener : listeners) {
    require(!to_string(listener).empty() && overlap(listener, listener));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 11) {
    case 0:
      cpu_times(text);
      break;
    case 1:
      static_cast<void>(parse_net_dev(text));
      break;
    case 2:
      routes(text);
      break;
    case 3:
      snmp(text);
      break;
    case 4:
      cgroup(text);
      break;
    case 5:
      pressure(text);
      break;
    case 6:
      static_cast<void>(parse_meminfo(text));
      break;
    case 7:
      load(text);
      break;
    case 8:
      process(text);
      break;
    case 9:
      sockets(text);
      break;
    default:
      static_cast<void>(parse_mountinfo(text));
      static_cast<void>(writable_in_fstab(text));
      break;
  }
  return 0;
}
