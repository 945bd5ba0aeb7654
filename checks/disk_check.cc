#include "checks/disk_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "checks/disk/file_system.h"
#include "checks/patience.h"
#include "checks/proc/read_file.h"
#include "monitor/format.h"
#include "monitor/runtime/all_of.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {

// What one look at the table of mounts found. Made on a pool's thread, shared by whoever waited.
struct MountsRead {
  monitor::Outcome outcome;  // passes exactly when the table was read
  std::vector<Mount> table;
  std::set<std::string> fstab_writable;
};

namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

using MountsReply = std::expected<std::shared_ptr<const MountsRead>, PoolFailure>;
using PoolReply = std::expected<StatReply, PoolFailure>;

std::shared_ptr<const MountsRead> read_mounts(const std::string& mountinfo,
                                              const std::string& fstab) {
  constexpr std::size_t kLargest = std::size_t{16} << 20U;  // about 100,000 mounts
  auto result = std::make_shared<MountsRead>();
  const auto text = read_file(mountinfo, kLargest);
  if (!text) {
    result->outcome = could_not_read(text.error());
    return result;
  }
  auto table = parse_mountinfo(*text);
  if (!table) {
    result->outcome = could_not_parse(mountinfo, table.error());
    return result;
  }
  result->table = std::move(*table);
  // A machine may have no fstab; then nothing is expected.
  if (const auto intentions = read_file(fstab, kLargest)) {
    result->fstab_writable = writable_in_fstab(*intentions);
  }
  return result;
}

Outcome could_not_list(PoolFailure failure) {
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::unknown(Reason::kTimeout, Phase::kRun,
                              "the kernel did not hand over its table of mounts in time");
    case PoolFailure::kStuck:
      return Outcome::unknown(Reason::kStuck, Phase::kRun,
                              "an earlier look at the kernel's table of mounts still hangs");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kRun,
                              "the agent had no thread free to read the table of mounts");
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kRun,
                          "the agent failed to read the table of mounts");
}

// Asks all mounts at once, each by a call of its own. Local ones first: where several network file
// systems are dead, those must not hold every thread before a local disk had its turn.
Task<std::vector<PoolReply>> ask(RunContext& context, std::vector<SelectedMount> mounts,
                                 TimePoint give_up) {
  std::vector<PoolReply> replies(mounts.size(), PoolReply(std::unexpect, PoolFailure::kFailed));
  std::vector<Task<PoolReply>> calls;
  std::vector<std::size_t> asked;  // which mount each call is about
  for (const bool local : {true, false}) {
    for (std::size_t i = 0; i < mounts.size(); ++i) {
      if (!mounts[i].mounted || mounts[i].local != local) {
        continue;
      }
      const std::string& point = mounts[i].point;
      std::function<StatReply()> look = [point] { return query_file_system(point); };
      calls.push_back(
          context.services().files.call<StatReply>("statvfs:" + point, give_up, std::move(look)));
      asked.push_back(i);
    }
  }
  const auto ends = co_await monitor::all_of<PoolReply>(context.executor(), std::move(calls));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) {
      replies[asked[i]] = *ends[i];
    }
  }
  co_return replies;
}

// "/ 12.4 GiB free of 50.0 GiB (24.8 %)" for one, the tightest of several.
std::string summary(const std::vector<ItemResult>& items) {
  const ItemResult* tightest = nullptr;
  double least = 0;
  for (const ItemResult& item : items) {
    for (const monitor::Measurement& measurement : item.measurements) {
      if (measurement.name != "free" || !measurement.total) {
        continue;
      }
      const double share = measurement.value / *measurement.total;
      if (tightest == nullptr || share < least) {
        tightest = &item;
        least = share;
      }
    }
  }
  if (items.size() == 1) {
    return items.front().name + ": " + items.front().outcome.message;
  }
  std::string text = std::to_string(items.size()) + " file systems";
  if (tightest != nullptr) {
    text += ", least free on " + tightest->name + ": " + monitor::format_share(least);
  }
  return text;
}

Outcome nothing_to_look_at(const MountPatterns& patterns) {
  if (patterns.mounts.empty()) {
    return Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                            "no local writable file system is in sight");
  }
  return Outcome::fail(Reason::kMissing, Phase::kRun, "nothing is mounted that matches `mounts`");
}

std::optional<ParameterError> find_error(const std::string& key,
                                         const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (!pattern.starts_with('/') && !pattern.starts_with('*')) {
      return ParameterError{
          .key = key,
          .message = "\"" + pattern + "\" is not an absolute path (write \"/" + pattern + "\")"};
    }
  }
  return std::nullopt;
}

// The kernel knows a mount point without a slash at its end.
std::vector<std::string> normalized(std::vector<std::string> patterns) {
  for (std::string& pattern : patterns) {
    while (pattern.size() > 1 && pattern.ends_with('/')) {
      pattern.pop_back();
    }
  }
  return patterns;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  MountPatterns patterns;
  patterns.mounts = normalized(parameters.list("mounts"));
  patterns.exclude = normalized(parameters.list("exclude"));
  if (auto error = find_error("mounts", patterns.mounts)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = find_error("exclude", patterns.exclude)) {
    return std::unexpected(std::move(*error));
  }
  return std::make_unique<DiskCheck>(std::move(patterns));
}

monitor::CheckDescriptor describe() {
  using monitor::Bad;
  using monitor::KeyType;
  using monitor::Result;
  using monitor::Unit;
  const std::vector<std::string> none;
  monitor::CheckDescriptor type;
  type.name = "disk";
  type.summary = "Space, inodes and read-only state of the mounted file systems, each an item.";
  type.item_label = "mount";
  type.keys = {
      {.name = "mounts",
       .type = KeyType::kStringList,
       .help = "Mount points to look at; in a glob, `*` also matches `/`. One that is listed by "
               "its name and not mounted fails. Default: every local file system that is writable, "
               "was so before, or should be by /etc/fstab; each disk once.",
       .default_value = none},
      {.name = "exclude",
       .type = KeyType::kStringList,
       .help = "Mount points to leave out, in the same globs; wins over `mounts`.",
       .default_value = none},
  };
  type.measurements = {
      {.name = "free",
       .metric = "disk_free_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kLow,
       .has_total = true,
       .help = "Space that everyone may still use; a share is of free and used together, as df "
               "counts."},
      {.name = "used",
       .metric = "disk_used_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kHigh,
       .has_total = true,
       .help = "Space in use."},
      {.name = "inodes_free",
       .metric = "disk_inodes_free",
       .unit = Unit::kNone,
       .bad = Bad::kLow,
       .has_total = true,
       .help = "Files that can still be made; absent where the file system sets no number."},
      {.name = "readonly",
       .metric = "disk_readonly",
       .unit = Unit::kNone,
       .bad = Bad::kHigh,
       .help = "1 while the file system is read-only, as after an error; 0 otherwise, also for a "
               "read-only mount of a writable file system."},
  };
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "free", .text = "10%"},
      {.severity = Result::kFail, .measurement = "free", .text = "3%"},
      {.severity = Result::kWarn, .measurement = "inodes_free", .text = "10%"},
      {.severity = Result::kFail, .measurement = "inodes_free", .text = "3%"},
      {.severity = Result::kFail, .measurement = "readonly", .text = ">= 1"},
  };
  type.reasons = {Reason::kTimeout,    Reason::kUnreachable, Reason::kStatus,
                  Reason::kMissing,    Reason::kStuck,       Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent,       Reason::kInternal};
  type.example =
      "[checks.disks]\n"
      "type = \"disk\"\n"
      "mounts = [\"/\", \"/var/*\"]\n"
      "warn = { free = \"15%\", inodes_free = \"10%\" }\n"
      "fail = { free = \"20GiB\" }\n"
      "\n"
      "[checks.disks.items.\"/var/cache\"]\n"
      "fail = { free = \"1%\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& disk_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

DiskCheck::DiskCheck(MountPatterns patterns, std::string fstab)
    : patterns_(std::move(patterns)), fstab_(std::move(fstab)) {}

std::string DiskCheck::target() const {
  std::string text;
  for (const std::string& pattern : patterns_.mounts) {
    text += (text.empty() ? "" : " ") + printable(pattern);
  }
  return text;
}

std::vector<SelectedMount> DiskCheck::select(const MountsRead& read) {
  std::set<std::string> expected = read.fstab_writable;
  std::set<std::string> seen;
  for (const Mount& mount : read.table) {
    if (!mount.read_only || seen_writable_.contains(mount.point)) {
      seen.insert(mount.point);
    }
  }
  seen_writable_ = std::move(seen);  // what is not mounted any more is forgotten
  expected.insert(seen_writable_.begin(), seen_writable_.end());
  return select_mounts(read.table, patterns_, expected);
}

Task<CheckResult> DiskCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  const TimePoint started = context.clock().now();
  const TimePoint give_up = patience_ends(context);
  CheckResult result;

  std::string mountinfo = context.services().proc_root / "self" / "mountinfo";
  std::string key = "read:" + mountinfo;
  std::function<std::shared_ptr<const MountsRead>()> read =
      [mountinfo = std::move(mountinfo), fstab = fstab_] { return read_mounts(mountinfo, fstab); };
  const MountsReply mounts =
      co_await context.services().files.call(std::move(key), give_up, std::move(read));
  if (!mounts && mounts.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  result.outcome = mounts ? (*mounts)->outcome : could_not_list(mounts.error());
  if (result.outcome.result != monitor::Result::kPass) {
    co_return result;
  }

  const std::vector<SelectedMount> selection = select(**mounts);
  std::vector<SelectedMount> asked = selection;
  const std::vector<PoolReply> replies = co_await ask(context, std::move(asked), give_up);
  for (std::size_t i = 0; i < selection.size(); ++i) {
    if (!selection[i].mounted) {
      result.items.push_back(not_mounted(selection[i].point));
    } else if (auto item = item_of(selection[i], replies[i], give_up - started)) {
      result.items.push_back(std::move(*item));
    }
  }
  result.outcome =
      result.items.empty() ? nothing_to_look_at(patterns_) : Outcome::pass(summary(result.items));
  co_return result;
}

}  // namespace hale::checks
