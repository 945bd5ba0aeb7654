// Who a program runs as.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hale::checks {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
  std::string name;
  std::string home;
};

// Asks the system's databases, which may be far away: only inside a BlockingPool. An errno, or 0
// where there is no user of that name.
std::expected<Identity, int> find_identity(const std::string& user);

}  // namespace hale::checks
