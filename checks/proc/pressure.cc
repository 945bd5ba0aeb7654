#include "checks/proc/pressure.h"

#include <cerrno>
#include <string>

#include "checks/proc/kernel_stats.h"
#include "checks/proc/read_file.h"

namespace hale::checks {

std::expected<std::optional<double>, monitor::Outcome> read_pressure(
    const std::filesystem::path& proc_root, std::string_view resource) {
  const std::string path = proc_root / "pressure" / resource;
  const auto text = read_file(path, 4096);
  if (!text) {
    // ENOENT: built without it. EOPNOTSUPP: booted with psi=0.
    if (text.error().error == ENOENT || text.error().error == EOPNOTSUPP) {
      return std::nullopt;
    }
    return std::unexpected(could_not_read(text.error()));
  }
  const auto pressure = parse_pressure(*text);
  if (!pressure) {
    return std::unexpected(could_not_parse(path, pressure.error().line));
  }
  return *pressure;
}

}  // namespace hale::checks
