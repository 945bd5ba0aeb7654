#include "checks/pool_failure.h"

#include <string>

namespace hale::checks {

using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;

Outcome not_looked(PoolFailure failure, std::string_view what) {
  std::string message(what);
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::unknown(Reason::kTimeout, Phase::kRun,
                              message + " could not be read in time");
    case PoolFailure::kStuck:
      return Outcome::unknown(Reason::kStuck, Phase::kRun,
                              message + ": an earlier look still hangs");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kRun,
                              message + " was not looked at: the agent had no thread free");
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kRun, message + ": the agent failed to look");
}

}  // namespace hale::checks
