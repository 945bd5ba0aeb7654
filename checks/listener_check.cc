#include "checks/listener_check.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/net/connect.h"
#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/process/user_lookup.h"
#include "checks/sockets/unix_reach.h"
#include "checks/sys/attribute.h"
#include "checks/sys/cgroup_owner.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Result;
using monitor::RunContext;
using monitor::Task;

// A host has more listeners on one port only by mistake; each may take a connection.
constexpr std::size_t kMostNamed = 3;
constexpr std::size_t kMostWays = 8;

// Of several queues the fullest.
void measure_queue(const std::vector<OwnedListener>& takers, CheckResult& result) {
  const Listener* fullest = nullptr;
  double most = -1;
  for (const OwnedListener& owned : takers) {
    const Listener& listener = owned.listener;
    if (listener.protocol == SocketProtocol::kUdp || listener.datagram) {
      continue;
    }
    const double share = listener.backlog > 0 ? static_cast<double>(listener.queued) /
                                                    static_cast<double>(listener.backlog)
                                              : 0;
    if (share > most) {
      fullest = &listener;
      most = share;
    }
  }
  if (fullest != nullptr) {
    monitor::Measurement measurement;
    measurement.name = "backlog";
    measurement.value = fullest->queued;
    if (fullest->backlog > 0) {
      measurement.total = fullest->backlog;
    }
    result.measurements.push_back(std::move(measurement));
  }
}

// "*:9100, nginx.service"
std::string summary(const std::vector<OwnedListener>& takers) {
  std::string text;
  std::set<std::string> named;
  for (const OwnedListener& owned : takers) {
    const std::string where = to_string(owned.listener);
    if (named.size() < kMostNamed && named.insert(where).second) {
      text += (text.empty() ? "" : ", ") + where;
    }
  }
  if (!takers.empty()) {
    text += ", " + owner_text(takers.front());
  }
  return text;
}

std::string queue_text(const CheckResult& result) {
  const monitor::Measurement queue =
      result.measurements.empty() ? monitor::Measurement() : result.measurements.front();
  const double most = queue.total.value_or(0);
  if (most <= 0) {
    return "";
  }
  return ", " + std::to_string(static_cast<std::uint64_t>(queue.value)) + " of " +
         std::to_string(static_cast<std::uint64_t>(most)) + " wait to be accepted";
}

bool is_loopback_only(const std::vector<Listener>& listeners) {
  return !listeners.empty() && std::ranges::all_of(listeners, [](const Listener& listener) {
    return listener.address.is_loopback();
  });
}

}  // namespace

ListenerCheck::ListenerCheck(ListenerOptions options) : options_(std::move(options)) {}

void ListenerCheck::claim(RunContext& context) {
  if (claim_ == nullptr && !options_.owner.unit.empty()) {
    claim_ = std::make_shared<const ListenerClaim>(
        ListenerClaim{.unit = options_.owner.unit, .where = options_.question, .target = target()});
    context.services().shared<ListenerClaims>().add(claim_);
  }
}

Task<std::optional<Outcome>> ListenerCheck::find_user(RunContext& context) {
  if (options_.owner.user.empty() || options_.owner.uid) {
    co_return std::nullopt;
  }
  std::string name = options_.owner.user;
  auto uid = co_await checks::find_user(context, std::move(name));
  if (!uid) {
    co_return std::move(uid.error());
  }
  options_.owner.uid = *uid;
  co_return std::nullopt;
}

Task<ListenerCheck::Owned> ListenerCheck::with_processes(RunContext& context,
                                                         std::vector<Listener> listeners,
                                                         bool all) {
  auto& watch = context.services().shared<ListenerWatch>();
  Owned owned;
  for (Listener& listener : listeners) {
    OwnedListener one;
    one.listener = listener;
    if (all || needs_processes(options_.owner, listener)) {
      auto processes = co_await watch.holders(context, std::move(listener));
      if (processes) {
        one.processes = std::move(*processes);
      } else {
        one.unseen = std::move(processes.error());
      }
    }
    owned.push_back(std::move(one));
  }
  co_return owned;
}

Task<> ListenerCheck::ask_socket(RunContext& context, Owned& takers) {
  if (options_.question.protocol != SocketProtocol::kUnix || !options_.owner.any() ||
      !options_.connect.value_or(true) || takers.size() != 1 || !takers.front().unseen) {
    co_return;
  }
  std::function<std::optional<Process>()> work =
      [proc = context.services().proc_root, path = options_.question.path,
       now = context.clock().wall_now()] { return unix_listener(proc, path, now); };
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<std::optional<Process>, PoolFailure> process =
      co_await context.services().files.call("peer:" + options_.question.path, give_up,
                                             std::move(work));
  if (!process && process.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  const std::optional<Process> found = process.value_or(std::nullopt);
  if (found) {
    takers.front().processes = {*found};
    takers.front().unseen.reset();
  }
}

Task<Outcome> ListenerCheck::explain_nobody(RunContext& context, std::vector<Listener> elsewhere,
                                            std::shared_ptr<const Listeners> listeners) {
  const bool loopback = is_loopback_only(elsewhere);
  if (elsewhere.size() > kMostNamed) {
    elsewhere.resize(kMostNamed);
  }
  const Owned others = co_await with_processes(context, std::move(elsewhere), true);
  std::vector<Listener> instead;
  for (const Listener& listener : *listeners) {
    if (listener.protocol == options_.question.protocol &&
        unit_matches(listener.unit, options_.owner.unit) &&
        listener.port != options_.question.port && instead.size() < kMostNamed) {
      instead.push_back(listener);
    }
  }
  Outcome outcome = nobody_listens(options_.question, options_.owner, others, instead);
  if (loopback) {
    outcome.code = "loopback_only";
  }
  co_return outcome;
}

Task<Outcome> ListenerCheck::judge(RunContext& context, ListenerSelection selection,
                                   Owned& takers) {
  std::vector<Listener> wanted = selection.takers;
  takers = co_await with_processes(context, std::move(wanted), false);
  co_await ask_socket(context, takers);
  std::vector<Listener> in_the_way = selection.shadows;
  Owned shadows = co_await with_processes(context, std::move(in_the_way), false);
  const auto wrong = judge_owners(options_.question, options_.owner, takers, shadows);
  if (!wrong) {
    if (selection.missing_family.empty()) {
      co_return Outcome::pass("");
    }
    co_return Outcome::fail(Reason::kMissing, Phase::kRun,
                            "nobody listens on port " + std::to_string(options_.question.port) +
                                " by " + selection.missing_family + ", only on " + summary(takers),
                            "one_family");
  }
  // Whoever reads that wants to know the processes.
  takers = co_await with_processes(context, std::move(selection.takers), true);
  co_await ask_socket(context, takers);
  shadows = co_await with_processes(context, std::move(selection.shadows), true);
  const auto outcome = judge_owners(options_.question, options_.owner, takers, shadows);
  co_return outcome.value_or(*wrong);
}

// A connection to a socket unit would start its service, or one more of it each time.
bool ListenerCheck::connects_to(const OwnedListener& owned) const {
  if (options_.connect) {
    return *options_.connect;
  }
  const bool held_by_systemd =
      !owned.processes.empty() &&
      std::ranges::all_of(owned.processes, [](const Process& p) { return p.name == "systemd"; });
  return !owned.listener.unit.ends_with(".socket") && !held_by_systemd;
}

Task<std::optional<Outcome>> ListenerCheck::reach_path(RunContext& context, Owned takers) {
  const bool connects = connects_to(takers.front());
  std::function<UnixReach()> work = [path = options_.question.path, connects] {
    return reach_unix(path, connects);
  };
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<UnixReach, PoolFailure> reach = co_await context.services().files.call(
      std::string("unix:") + (connects ? "1:" : "0:") + options_.question.path, give_up,
      std::move(work));
  if (!reach && reach.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  if (!reach) {
    co_return not_looked(reach.error(), plain_name(options_.question.path));
  }
  const bool known = std::ranges::all_of(
      takers, [](const OwnedListener& owned) { return owned.listener.file_inode != 0; });
  const bool bound = std::ranges::any_of(takers, [&](const OwnedListener& owned) {
    return owned.listener.file_inode == reach->file_inode;
  });
  const bool gone = reach->file_error == ENOENT || reach->file_error == ENOTDIR;
  if (known && (gone || (reach->file_error == 0 && !bound))) {
    co_return Outcome::fail(Reason::kMissing, Phase::kConnect,
                            owner_text(takers.front()) + " listens, but the file " +
                                plain_name(options_.question.path) + " was " +
                                (gone ? "removed" : "replaced") + " since",
                            gone ? "removed" : "replaced");
  }
  if (connects && reach->error != 0) {
    co_return unix_failure(options_.question.path, reach->error);
  }
  co_return std::nullopt;
}

Task<std::optional<Outcome>> ListenerCheck::reach(RunContext& context, Owned takers) {
  if (options_.question.protocol == SocketProtocol::kUnix) {
    context.enter(Phase::kConnect);
    co_return co_await reach_path(context, std::move(takers));
  }
  if (options_.question.protocol == SocketProtocol::kUdp) {
    co_return std::nullopt;
  }
  std::set<asio::ip::address> ways;
  for (const OwnedListener& owned : takers) {
    const auto way = connects_to(owned) ? way_to(owned.listener) : std::nullopt;
    if (way && ways.size() < kMostWays) {
      ways.insert(*way);
    }
  }
  for (const asio::ip::address& way : ways) {
    Socket socket(context.executor());
    std::vector<asio::ip::address> addresses = {way};
    Outcome outcome =
        co_await connect_first(context, std::move(addresses), options_.question.port, socket);
    if (outcome.result != Result::kPass) {
      co_return outcome;
    }
  }
  co_return std::nullopt;
}

Task<CheckResult> ListenerCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  claim(context);
  CheckResult result;
  if (auto failure = co_await find_user(context)) {
    result.outcome = std::move(*failure);
    co_return result;
  }
  auto listeners = co_await context.services().shared<ListenerWatch>().look(context);
  if (!listeners) {
    result.outcome = std::move(listeners.error());
    co_return result;
  }
  ListenerSelection selection = select_listeners(options_.question, **listeners);
  if (selection.takers.empty()) {
    result.outcome =
        co_await explain_nobody(context, std::move(selection.elsewhere), std::move(*listeners));
    co_return result;
  }
  Owned takers;
  result.outcome = co_await judge(context, std::move(selection), takers);
  measure_queue(takers, result);
  if (context.verbose()) {
    for (const OwnedListener& owned : takers) {
      context.tell(to_string(owned.listener) + ": " + owner_text(owned));
    }
  }
  if (result.outcome.result != Result::kPass) {
    co_return result;
  }
  Owned reached = takers;
  if (auto failure = co_await reach(context, std::move(reached))) {
    result.outcome = std::move(*failure);
    result.outcome.message += " (" + summary(takers) + queue_text(result) + ")";
    co_return result;
  }
  result.outcome = Outcome::pass(summary(takers) + queue_text(result));
  co_return result;
}

}  // namespace hale::checks
