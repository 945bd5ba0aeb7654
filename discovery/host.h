// What a host is made of, from /proc and /sys. Blocks: in a BlockingPool only, but for what is
// pure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "checks/disk/mount_table.h"
#include "checks/proc/process_list.h"
#include "discovery/picture.h"

namespace hale::discovery {

struct HostFacts {
  std::vector<checks::Process> processes;  // by pid, without the kernel's own threads
  std::vector<std::string> network_mounts;
  std::vector<Gpu> gpus;
  std::vector<std::string> chips;
  std::uint16_t first_temporary_port = 32768;  // the kernel's default
  std::uint16_t last_temporary_port = 60999;
  std::vector<Unseen> unseen;
};

HostFacts read_host(const std::filesystem::path& proc_root, const std::filesystem::path& sys_root);

// Mount points of file systems that another host serves; sorted, each once. Pure.
std::vector<std::string> network_mounts(const std::vector<checks::Mount>& mounts);

// What a process is called, by its own name, of which the kernel keeps 15 bytes, and its file: the
// name of a program may be a link to another's file. Pure.
Program program_of(const checks::Process& process);

// Graphics processors on the PCI bus of vendors whose drivers report on them; by place.
std::vector<Gpu> list_gpus(const std::filesystem::path& sys_root);

}  // namespace hale::discovery
