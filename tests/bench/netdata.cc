#include "tests/bench/netdata.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

namespace hale::bench {
namespace {

std::string find_netdata() {
  for (const char* path : {HALE_SOURCE_DIR "/build/tools/usr/sbin/netdata", "/usr/sbin/netdata"}) {
    if (::access(path, X_OK) == 0) {
      return path;
    }
  }
  return {};
}

}  // namespace

bool Netdata::is_installed() {
  return !find_netdata().empty();
}

Netdata::Netdata(std::uint16_t statsd_port) {
  const std::filesystem::path& folder = folder_.path();
  std::ofstream file(folder / "netdata.conf");
  file << "[global]\nrun as user = root\nhostname = bench\n"
          "[logs]\ndebug = none\nerror = none\naccess = none\n"
          "[db]\nmode = none\nupdate every = 1\n"
          "[health]\nenabled = no\n[ml]\nenabled = no\n[registry]\nenabled = no\n"
          "[web]\nmode = none\n[plugins]\nenable running new plugins = no\n";
  for (const char* plugin : {"timex", "idlejitter", "netdata monitoring", "tc", "diskspace", "proc",
                             "cgroups", "slabinfo", "checks"}) {
    file << plugin << " = no\n";
  }
  file << fmt::format("[statsd]\nenabled = yes\nbind to = udp:127.0.0.1:{}\n[directories]\n",
                      statsd_port);
  for (const char* name : {"config", "stock config", "cache", "lib", "log", "web", "plugins"}) {
    file << fmt::format("{} = {}\n", name, folder.string());
  }
  file.close();
  const std::string configuration = folder / "netdata.conf";
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{find_netdata(), "-D", "-c", configuration},
      ChildProcess::Pipe::kOutput);
}

}  // namespace hale::bench
