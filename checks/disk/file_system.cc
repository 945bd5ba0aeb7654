#include "checks/disk/file_system.h"

#include <cerrno>
#include <utility>

#include <sys/statvfs.h>

#include "checks/disk/mount_table.h"
#include "checks/os_error.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Result;

struct Verdict {
  Result result;
  Reason reason;
};

Verdict verdict_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return {Result::kUnknown, Reason::kPermission};
    case ENOSYS:
    case EOPNOTSUPP:
    case EOVERFLOW:
      return {Result::kUnknown, Reason::kUnsupported};
    case ENOMEM:
      return {Result::kUnknown, Reason::kAgent};
    case ENOENT:
    case ENOTDIR:
      return {Result::kFail, Reason::kMissing};
    case ETIMEDOUT:  // a soft-mounted network file system gave up
      return {Result::kFail, Reason::kTimeout};
    case ENOTCONN:  // the process that serves a FUSE file system is gone
    case ECONNABORTED:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return {Result::kFail, Reason::kUnreachable};
    default:  // EIO, ESTALE, ESHUTDOWN: the file system says that it is broken
      return {Result::kFail, Reason::kStatus};
  }
}

Outcome outcome_of(int error) {
  const Verdict verdict = verdict_of(error);
  Outcome outcome;
  outcome.result = verdict.result;
  outcome.reason = verdict.reason;
  outcome.phase = Phase::kRun;
  outcome.code = errno_name(error);
  outcome.message = "the file system answers: " + errno_text(error);
  return outcome;
}

Outcome outcome_of(PoolFailure failure, monitor::Duration patience) {
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::fail(
          Reason::kTimeout, Phase::kRun,
          "the file system gave no answer within " + monitor::format_duration(patience));
    case PoolFailure::kStuck:
      return Outcome::fail(Reason::kStuck, Phase::kRun,
                           "the file system still gives no answer to an earlier look");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kRun,
                              "the agent had no thread free to look at the file system");
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kRun, "the agent failed to look");
}

Measurement measured(std::string name, double value, std::optional<double> total = std::nullopt) {
  Measurement measurement;
  measurement.name = std::move(name);
  measurement.value = value;
  measurement.total = total;
  return measurement;
}

void add_space(const FileSystemStats& stats, const SelectedMount& mount, ItemResult& item) {
  const auto free = static_cast<double>(stats.free_bytes);
  const auto used = static_cast<double>(stats.used_bytes);
  const double total = free + used;
  if (total == 0) {
    item.outcome = Outcome::pass("has no size of its own");
    return;
  }
  item.measurements.push_back(measured("used", used, total));
  if (mount.image) {
    item.outcome = Outcome::pass("a read-only image of " + monitor::format_bytes(used));
    return;
  }
  item.measurements.push_back(measured("free", free, total));
  item.outcome =
      Outcome::pass(monitor::format_bytes(free) + " free of " + monitor::format_bytes(total) +
                    " (" + monitor::format_share(free / total) + ")");
}

}  // namespace

StatReply query_file_system(const std::string& point) {
  struct statvfs raw{};
  int status = 0;
  do {
    status = ::statvfs(point.c_str(), &raw);
  } while (status != 0 && errno == EINTR);
  if (status != 0) {
    return std::unexpected(errno);
  }
  const std::uint64_t block = raw.f_frsize != 0 ? raw.f_frsize : raw.f_bsize;
  FileSystemStats stats;
  stats.free_bytes = raw.f_bavail * block;
  stats.used_bytes = raw.f_blocks > raw.f_bfree ? (raw.f_blocks - raw.f_bfree) * block : 0;
  stats.inodes = raw.f_files;
  stats.inodes_free = raw.f_ffree;
  return stats;
}

std::optional<ItemResult> item_of(const SelectedMount& mount,
                                  const std::expected<StatReply, PoolFailure>& reply,
                                  monitor::Duration patience) {
  ItemResult item;
  item.name = printable(mount.point);
  if (!reply) {
    item.outcome = outcome_of(reply.error(), patience);
    return item;
  }
  if (!*reply) {
    item.outcome = outcome_of(reply->error());
    if (item.outcome.reason == Reason::kMissing && !mount.listed) {
      return std::nullopt;
    }
    return item;
  }
  const FileSystemStats& stats = **reply;
  add_space(stats, mount, item);
  if (mount.image) {
    return item;
  }
  if (stats.inodes > 0) {
    item.measurements.push_back(measured("inodes_free", static_cast<double>(stats.inodes_free),
                                         static_cast<double>(stats.inodes)));
  }
  item.measurements.push_back(measured("readonly", mount.read_only ? 1 : 0));
  if (mount.read_only) {
    item.outcome.message += ", read-only";
  }
  return item;
}

ItemResult not_mounted(const std::string& point) {
  ItemResult item;
  item.name = printable(point);
  item.outcome = Outcome::fail(Reason::kMissing, Phase::kRun, "nothing is mounted there");
  return item;
}

}  // namespace hale::checks
