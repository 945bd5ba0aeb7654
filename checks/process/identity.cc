#include "checks/process/identity.h"

#include <array>
#include <cerrno>

#include <grp.h>
#include <pwd.h>

namespace hale::checks {

std::expected<Identity, int> find_identity(const std::string& user) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    constexpr std::size_t kLargest = std::size_t{1} << 20U;
    if (buffer.size() >= kLargest) {
      break;
    }
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) {
    // Some databases say by an error that there is nobody of that name.
    const bool nobody = error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
    return std::unexpected(nobody ? 0 : error);
  }
  Identity identity;
  identity.user = entry.pw_uid;
  identity.group = entry.pw_gid;
  identity.name = entry.pw_name;
  identity.home = entry.pw_dir;
  int count = 64;
  identity.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(user.c_str(), entry.pw_gid, identity.groups.data(), &count) < 0 && count > 0) {
    identity.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(user.c_str(), entry.pw_gid, identity.groups.data(), &count) < 0) {
      return std::unexpected(EAGAIN);  // the groups changed in between
    }
  }
  identity.groups.resize(static_cast<std::size_t>(count));
  return identity;
}

}  // namespace hale::checks
