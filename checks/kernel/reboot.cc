#include "checks/kernel/reboot.h"

#include <set>
#include <string_view>
#include <system_error>

#include "checks/excerpt.h"
#include "checks/proc/read_file.h"
#include "checks/proc/text.h"

namespace hale::checks {
namespace {

namespace fs = std::filesystem;

// "for linux-image-6.1.0-25-amd64, libc6 and 2 more"; empty where nobody says.
std::string packages_in(const fs::path& list) {
  constexpr std::size_t kShown = 3;
  const std::string text = read_file(list, std::size_t{64} << 10U).value_or("");
  std::set<std::string> names;
  std::string shown;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string name(next_line(rest));
    if (!name.empty() && names.insert(name).second && names.size() <= kShown) {
      shown += (shown.empty() ? "for " : ", ") + escaped(name, 80);
    }
  }
  return names.size() > kShown ? shown + " and " + std::to_string(names.size() - kShown) + " more"
                               : shown;
}

bool has_other_modules(const fs::path& modules_root, const std::string& release) {
  std::error_code error;
  const fs::directory_iterator end;
  for (fs::directory_iterator at(modules_root, error); !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->path().filename() != release && fs::exists(at->path() / "modules.dep", ignored)) {
      return true;
    }
  }
  return false;
}

}  // namespace

RebootNeed look_for_reboot(const fs::path& run_root, const fs::path& modules_root,
                           const std::string& release) {
  RebootNeed need;
  std::error_code error;
  if (fs::exists(run_root / "reboot-required", error)) {
    need.needed = true;
    need.why = packages_in(run_root / "reboot-required.pkgs");
  } else if (!release.empty() && !fs::exists(modules_root / release, error) && !error &&
             has_other_modules(modules_root, release)) {
    need.needed = true;
    need.why = "the modules of the running kernel " + escaped(release, 80) + " are gone";
  }
  return need;
}

}  // namespace hale::checks
