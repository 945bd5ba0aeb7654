// The configuration: any bytes are a file, which may be wrong but never harms.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "checks/builtin_checks.h"
#include "config/config.h"
#include "monitor/check_registry.h"

namespace {

const hale::monitor::CheckRegistry& registry() {
  static const hale::monitor::CheckRegistry kRegistry = [] {
    hale::monitor::CheckRegistry made;
    hale::checks::register_builtin_checks(made);
    return made;
  }();
  return kRegistry;
}

// In memory: a file on disk would be most of the time.
const std::string& file() {
  static const std::string kFile =
      std::filesystem::path("/dev/shm") / ("hale-fuzz-" + std::to_string(::getpid()) + ".toml");
  return kFile;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::ofstream(file(), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  hale::config::LoadOptions options;
  options.file = file();
  options.registry = &registry();
  options.host_name = "fuzz";
  const auto config = hale::config::load(options);
  if (config) {
    hale::config::print(*config);
  }
  return 0;
}
