#include "checks/builtin_checks.h"

#include "checks/clock_check.h"
#include "checks/conflicts_check.h"
#include "checks/cpu_check.h"
#include "checks/disk_check.h"
#include "checks/dns_check.h"
#include "checks/exec_check.h"
#include "checks/file_check.h"
#include "checks/grpc_check.h"
#include "checks/heartbeat_check.h"
#include "checks/http_check.h"
#include "checks/icmp_check.h"
#include "checks/kernel_check.h"
#include "checks/listener_check.h"
#include "checks/load_check.h"
#include "checks/memory_check.h"
#include "checks/network_check.h"
#include "checks/process_check.h"
#include "checks/sensor_check.h"
#include "checks/smtp_check.h"
#include "checks/systemd_check.h"
#include "checks/tcp_check.h"
#include "checks/tls_check.h"
#include "checks/udp_check.h"
#include "checks/websocket_check.h"

namespace hale::checks {

void register_builtin_checks(monitor::CheckRegistry& registry) {
  registry.add(tcp_descriptor());
  registry.add(http_descriptor());
  registry.add(tls_descriptor());
  registry.add(smtp_descriptor());
  registry.add(websocket_descriptor());
  registry.add(grpc_descriptor());
  registry.add(dns_descriptor());
  registry.add(icmp_descriptor());
  registry.add(udp_descriptor());
  registry.add(disk_descriptor());
  registry.add(memory_descriptor());
  registry.add(load_descriptor());
  registry.add(cpu_descriptor());
  registry.add(clock_descriptor());
  registry.add(sensor_descriptor());
  registry.add(network_descriptor());
  registry.add(exec_descriptor());
  registry.add(file_descriptor());
  registry.add(kernel_descriptor());
  registry.add(process_descriptor());
  registry.add(systemd_descriptor());
  registry.add(listener_descriptor());
  registry.add(conflicts_descriptor());
  registry.add(heartbeat_descriptor());
}

}  // namespace hale::checks
