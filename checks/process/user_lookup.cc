#include "checks/process/user_lookup.h"

#include <functional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/os_error.h"
#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/proc/text.h"
#include "checks/process/identity.h"
#include "checks/sys/attribute.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {

using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;

monitor::Task<std::expected<uid_t, Outcome>> find_user(monitor::RunContext& context,
                                                       std::string name) {
  if (const auto number = to_number<uid_t>(name)) {
    co_return *number;
  }
  using Found = std::expected<uid_t, int>;
  std::function<Found()> work = [name]() -> Found {
    const auto identity = find_identity(name);
    return identity ? Found(identity->user) : std::unexpected(identity.error());
  };
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<Found, PoolFailure> found =
      co_await context.services().files.call("user:" + name, give_up, std::move(work));
  if (!found && found.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  const std::string what = "the user " + plain_name(name);
  if (!found) {
    co_return std::unexpected(not_looked(found.error(), what));
  }
  if (!*found && found->error() == 0) {
    co_return std::unexpected(Outcome::unknown(Reason::kMissing, Phase::kRun,
                                               "there is no user " + plain_name(name), "no_user"));
  }
  if (!*found) {
    co_return std::unexpected(Outcome::unknown(
        Reason::kAgent, Phase::kRun, what + " was not found: " + errno_text(found->error()),
        errno_name(found->error())));
  }
  co_return **found;
}

}  // namespace hale::checks
