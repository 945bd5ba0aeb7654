#include "discovery/host.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "checks/proc/read_file.h"
#include "checks/proc/text.h"
#include "checks/sys/hwmon.h"

namespace hale::discovery {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostProcesses = 65536;
constexpr std::size_t kMostGpus = 64;

void read_processes(const fs::path& proc_root, HostFacts& facts) {
  auto pids = checks::process_ids(proc_root);
  const auto uptime = checks::read_uptime(proc_root);
  if (!pids || !uptime) {
    facts.unseen.push_back({.what = "processes", .why = "/proc cannot be read"});
    return;
  }
  std::ranges::sort(*pids);
  if (pids->size() > kMostProcesses) {
    facts.unseen.push_back({.what = "processes", .why = "there are too many"});
    pids->resize(kMostProcesses);
  }
  constexpr unsigned kFields =
      checks::kProcessCommand | checks::kProcessExecutable | checks::kProcessCgroup;
  for (const pid_t pid : *pids) {
    auto process = checks::read_process(proc_root, pid, kFields, *uptime);
    if (process && !process->kernel_thread) {
      facts.processes.push_back(std::move(*process));
    }
  }
  if (checks::processes_are_hidden(proc_root)) {
    facts.unseen.push_back({.what = "processes of other users",
                            .why = "they are hidden (hidepid); run it as root to see them"});
  }
}

void read_mounts(const fs::path& proc_root, HostFacts& facts) {
  constexpr std::size_t kLargest = std::size_t{16} << 20U;
  const auto text = checks::read_file(proc_root / "self" / "mountinfo", kLargest);
  const auto mounts = text ? checks::parse_mountinfo(*text)
                           : std::expected<std::vector<checks::Mount>, std::string>(
                                 std::unexpect, "it cannot be read");
  if (!mounts) {
    facts.unseen.push_back({.what = "mounts", .why = "/proc/self/mountinfo cannot be read"});
    return;
  }
  facts.network_mounts = network_mounts(*mounts);
}

void read_temporary_ports(const fs::path& proc_root, HostFacts& facts) {
  const auto text = checks::read_file(proc_root / "sys/net/ipv4/ip_local_port_range", 64);
  if (!text) {
    return;
  }
  std::string_view rest = *text;
  std::string_view line = checks::next_line(rest);
  const auto first = checks::to_number<std::uint16_t>(checks::next_word(line));
  const auto last = checks::to_number<std::uint16_t>(checks::next_word(line));
  if (first && last) {
    facts.first_temporary_port = *first;
    facts.last_temporary_port = *last;
  }
}

bool measures_something(const checks::SensorPlace& place) {
  const std::vector<checks::SensorReading> readings = checks::read_sensors(place);
  return std::ranges::any_of(readings, [](const checks::SensorReading& reading) {
    return reading.value.has_value() && !reading.fault;
  });
}

void read_chips(const fs::path& sys_root, HostFacts& facts) {
  std::set<std::string> chips;
  for (const checks::SensorPlace& place : checks::list_sensors(sys_root)) {
    if (measures_something(place)) {
      chips.insert(place.chip);
    }
  }
  facts.chips.assign(chips.begin(), chips.end());
}

std::string first_word_of(const fs::path& file) {
  const auto text = checks::read_file(file, 64);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  std::string_view line = checks::next_line(rest);
  return std::string(checks::next_word(line));
}

std::string base_name(std::string_view path) {
  constexpr std::string_view kDeleted = " (deleted)";  // replaced on the disk since it was started
  if (path.ends_with(kDeleted)) {
    path.remove_suffix(kDeleted.size());
  }
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

HostFacts read_host(const fs::path& proc_root, const fs::path& sys_root) {
  HostFacts facts;
  read_processes(proc_root, facts);
  read_mounts(proc_root, facts);
  read_temporary_ports(proc_root, facts);
  read_chips(sys_root, facts);
  facts.gpus = list_gpus(sys_root);
  return facts;
}

std::vector<std::string> network_mounts(const std::vector<checks::Mount>& mounts) {
  constexpr std::array<std::string_view, 10> kTypes = {
      "nfs",    "nfs4",           "cifs",       "smb3",      "ceph",
      "lustre", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "beegfs"};
  std::set<std::string> points;
  for (const checks::Mount& mount : mounts) {
    const bool network = std::ranges::find(kTypes, mount.type) != kTypes.end();
    // A pattern would match others as well.
    if (network && mount.point.find_first_of("*?[") == std::string::npos) {
      points.insert(mount.point);
    }
  }
  return {points.begin(), points.end()};
}

Program program_of(const checks::Process& process) {
  constexpr std::size_t kMostNameBytes = 15;
  Program program{
      .name = process.name, .file = base_name(process.executable), .command = process.command};
  const bool cut = program.name.size() == kMostNameBytes && program.file.starts_with(program.name);
  if (cut || program.name.empty()) {
    program.name = program.file;
  }
  return program;
}

// The class of a display controller begins with 03 (PCI Code and ID Assignment Specification).
std::vector<Gpu> list_gpus(const fs::path& sys_root) {
  static const std::map<std::string, std::string> kVendors = {
      {"0x10de", "NVIDIA"}, {"0x1002", "AMD"}, {"0x8086", "Intel"}};
  std::vector<Gpu> gpus;
  std::error_code error;
  for (fs::directory_iterator device(sys_root / "bus/pci/devices", error), end;
       !error && device != end && gpus.size() < kMostGpus; device.increment(error)) {
    if (!first_word_of(device->path() / "class").starts_with("0x03")) {
      continue;
    }
    const auto vendor = kVendors.find(first_word_of(device->path() / "vendor"));
    if (vendor != kVendors.end()) {
      gpus.push_back({.vendor = vendor->second, .place = device->path().filename()});
    }
  }
  std::ranges::sort(gpus, {}, &Gpu::place);
  return gpus;
}

}  // namespace hale::discovery
