#include "checks/os_error.h"

#include <cstring>
#include <system_error>

namespace hale::checks {

std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? std::string(name) : "errno " + std::to_string(error);
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace hale::checks
