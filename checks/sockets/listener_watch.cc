#include "checks/sockets/listener_watch.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/sockets/socket_holders.h"
#include "checks/sockets/socket_table.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

using Table = std::expected<std::shared_ptr<const Listeners>, Outcome>;
using Scan = std::shared_ptr<const HolderScan>;
using Processes = std::shared_ptr<const std::vector<Process>>;

Outcome failure_of(PoolFailure failure, std::string_view what) {
  if (failure == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  return not_looked(failure, what);
}

constexpr std::string_view kSockets = "the kernel's tables of sockets";
constexpr std::string_view kHolders = "who holds the sockets";

}  // namespace

class ListenerWatch::Impl {
 public:
  explicit Impl(monitor::Services& services)
      : services_(services),
        table_(std::make_shared<SocketTable>(services.proc_root, services.sys_root)),
        prefix_(std::to_string(reinterpret_cast<std::uintptr_t>(this))) {}

  Task<Table> look(RunContext& context);
  Task<std::expected<std::vector<Process>, Outcome>> holders(RunContext& context,
                                                             Listener listener);

 private:
  // What the last search found of a socket. One that found nobody holds for a while only: somebody
  // may be handed the socket later, or the agent be given the right to look.
  struct Known {
    std::vector<SocketHolder> holders;
    bool forbidden = false;
    monitor::TimePoint searched;
  };

  std::string key(std::string_view name) const { return prefix_ + ":" + std::string(name); }
  bool fresh(const Known& known) const;
  Task<std::expected<void, Outcome>> search(RunContext& context, std::uint64_t inode);
  void remember(const HolderScan& scan);
  Task<std::expected<std::vector<Process>, Outcome>> read(RunContext& context, std::uint64_t inode);

  monitor::Services& services_;
  std::shared_ptr<SocketTable> table_;  // of the pool's thread while a look goes on
  std::string prefix_;                  // of keys in the pool
  std::shared_ptr<const Listeners> last_;
  std::unordered_map<std::uint64_t, Known> known_;  // by inode; only of sockets in `last_`
};

Task<Table> ListenerWatch::Impl::look(RunContext& context) {
  std::function<Table()> work = [table = table_]() -> Table {
    auto listeners = table->read();
    if (!listeners) {
      return std::unexpected(std::move(listeners.error()));
    }
    return std::make_shared<const Listeners>(std::move(*listeners));
  };
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<Table, PoolFailure> reply =
      co_await services_.files.call(key("sockets"), give_up, std::move(work));
  if (!reply) {
    co_return std::unexpected(failure_of(reply.error(), kSockets));
  }
  if (*reply) {
    last_ = **reply;
  }
  co_return *reply;
}

bool ListenerWatch::Impl::fresh(const Known& known) const {
  constexpr monitor::Duration kNobodyHolds = std::chrono::minutes(1);
  return !known.holders.empty() || services_.clock.now() - known.searched < kNobodyHolds;
}

void ListenerWatch::Impl::remember(const HolderScan& scan) {
  std::unordered_map<std::uint64_t, Known> known;
  for (const std::uint64_t inode : scan.asked) {
    const auto found = scan.holders.find(inode);
    Known entry;
    if (found != scan.holders.end()) {
      entry.holders = found->second;
    }
    entry.forbidden = entry.holders.empty() && scan.forbidden > 0;
    entry.searched = services_.clock.now();
    known.emplace(inode, std::move(entry));
  }
  known_ = std::move(known);
}

// For all sockets of the last look at once. A search that another check began before this socket
// was there does not answer: then there is a second one.
Task<std::expected<void, Outcome>> ListenerWatch::Impl::search(RunContext& context,
                                                               std::uint64_t inode) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::unordered_set<std::uint64_t> inodes = {inode};
    if (last_) {
      for (const Listener& listener : *last_) {
        if (listener.inode != 0) {
          inodes.insert(listener.inode);
        }
      }
    }
    std::function<Scan()> work = [proc = services_.proc_root, inodes = std::move(inodes)] {
      return std::make_shared<const HolderScan>(scan_holders(proc, inodes));
    };
    const monitor::TimePoint give_up = patience_ends(context);
    const std::expected<Scan, PoolFailure> scan =
        co_await services_.files.call(key("holders"), give_up, std::move(work));
    if (!scan) {
      co_return std::unexpected(failure_of(scan.error(), kHolders));
    }
    remember(**scan);
    if ((*scan)->asked.contains(inode)) {
      break;
    }
  }
  co_return std::expected<void, Outcome>();
}

Task<std::expected<std::vector<Process>, Outcome>> ListenerWatch::Impl::read(RunContext& context,
                                                                             std::uint64_t inode) {
  const auto found = known_.find(inode);
  if (found == known_.end() || found->second.holders.empty()) {
    co_return std::vector<Process>();
  }
  std::function<Processes()> work = [proc = services_.proc_root, inode,
                                     holders = found->second.holders] {
    return std::make_shared<const std::vector<Process>>(read_holders(proc, inode, holders));
  };
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<Processes, PoolFailure> processes = co_await services_.files.call(
      key("holder:" + std::to_string(inode)), give_up, std::move(work));
  if (!processes) {
    co_return std::unexpected(failure_of(processes.error(), kHolders));
  }
  co_return **processes;
}

Task<std::expected<std::vector<Process>, Outcome>> ListenerWatch::Impl::holders(RunContext& context,
                                                                                Listener listener) {
  const std::uint64_t inode = listener.inode;
  if (inode == 0) {
    co_return std::vector<Process>();  // the kernel's own
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto known = known_.find(inode);
    if (known == known_.end() || !fresh(known->second) || attempt > 0) {
      const auto searched = co_await search(context, inode);
      if (!searched) {
        co_return std::unexpected(searched.error());
      }
    }
    auto processes = co_await read(context, inode);
    if (!processes || !processes->empty()) {
      co_return processes;
    }
    // Nobody of those that were known holds it any more: somebody else may.
    const auto now = known_.find(inode);
    if (now == known_.end() || now->second.holders.empty()) {
      break;
    }
  }
  const auto known = known_.find(inode);
  if (known != known_.end() && known->second.forbidden) {
    co_return std::unexpected(
        Outcome::unknown(Reason::kPermission, Phase::kRun,
                         "the agent may not see who holds " + to_string(listener) +
                             " (that takes root or the capability CAP_SYS_PTRACE)"));
  }
  co_return std::vector<Process>();
}

ListenerWatch::ListenerWatch(monitor::Services& services)
    : impl_(std::make_unique<Impl>(services)) {}
ListenerWatch::~ListenerWatch() = default;

Task<Table> ListenerWatch::look(RunContext& context) {
  return impl_->look(context);
}

Task<std::expected<std::vector<Process>, Outcome>> ListenerWatch::holders(RunContext& context,
                                                                          Listener listener) {
  return impl_->holders(context, std::move(listener));
}

}  // namespace hale::checks
