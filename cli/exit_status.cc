#include "cli/exit_status.h"

namespace hale::cli {

int exit_status_of(std::string_view status) {
  if (status == "healthy") {
    return kHealthy;
  }
  if (status == "degraded") {
    return kDegraded;
  }
  return status == "unhealthy" ? kUnhealthy : kUnknown;
}

}  // namespace hale::cli
