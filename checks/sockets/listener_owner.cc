#include "checks/sockets/listener_owner.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "checks/sys/attribute.h"
#include "checks/sys/cgroup_owner.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

enum class Verdict { kMatches, kDiffers, kUnknown };

// systemd holds the sockets of its socket units, beside the service once that runs.
bool is_manager(const Process& process) {
  return process.pid == 1 || process.name == "systemd";
}

// The one that stands for all: not systemd where there is another, and not the child of another.
const Process* spokesman(const std::vector<Process>& processes) {
  const Process* chosen = nullptr;
  for (const Process& process : processes) {
    const bool better = chosen == nullptr || (is_manager(*chosen) && !is_manager(process)) ||
                        (chosen->parent == process.pid && !is_manager(process));
    if (better) {
      chosen = &process;
    }
  }
  return chosen;
}

// Unit and container, by the socket's control group or else by the process that holds it.
struct Group {
  std::string unit;
  std::string container;
  bool known = false;
};

Group group_of(const OwnedListener& owned) {
  const Listener& listener = owned.listener;
  if (has_group(listener)) {
    return {.unit = listener.unit, .container = listener.container, .known = true};
  }
  const Process* process = spokesman(owned.processes);
  if (process == nullptr || is_manager(*process) || process->cgroup.empty()) {
    return {};
  }
  return {.unit = process->unit, .container = process->container, .known = true};
}

Verdict matches(bool holds) {
  return holds ? Verdict::kMatches : Verdict::kDiffers;
}

bool is_container(std::string_view id, std::string_view wanted) {
  constexpr std::size_t kShortId = 12;
  return !id.empty() && (id == wanted || (wanted.size() >= kShortId && id.starts_with(wanted)));
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// The kernel marks a file that was replaced while it runs, as by an upgrade.
std::string_view without_mark(std::string_view path) {
  constexpr std::string_view kDeleted = " (deleted)";
  return path.ends_with(kDeleted) ? path.substr(0, path.size() - kDeleted.size()) : path;
}

Verdict judge_executable(const OwnedListener& owned, std::string_view wanted) {
  const bool others = std::ranges::any_of(owned.processes, std::not_fn(is_manager));
  Verdict verdict = owned.processes.empty() ? Verdict::kUnknown : Verdict::kDiffers;
  for (const Process& process : owned.processes) {
    if (others && is_manager(process)) {
      continue;
    }
    const std::string_view path = without_mark(process.executable);
    if (path.empty()) {
      verdict = Verdict::kUnknown;
    } else if ((wanted.contains('/') ? path : base_name(path)) == wanted) {
      return Verdict::kMatches;
    }
  }
  return verdict;
}

Verdict judge(const OwnedListener& owned, const OwnerExpectation& expected) {
  if (owned.listener.inode == 0) {
    return Verdict::kDiffers;  // the kernel's own, as of its NFS server
  }
  const Group group = group_of(owned);
  std::vector<Verdict> verdicts;
  if (!expected.unit.empty()) {
    verdicts.push_back(group.known ? matches(unit_matches(group.unit, expected.unit))
                                   : Verdict::kUnknown);
  }
  if (!expected.container.empty()) {
    verdicts.push_back(group.known ? matches(is_container(group.container, expected.container))
                                   : Verdict::kUnknown);
  }
  if (!expected.executable.empty()) {
    verdicts.push_back(judge_executable(owned, expected.executable));
  }
  if (!expected.user.empty()) {
    const bool known = owned.listener.uid != kUnknownUser && expected.uid;
    verdicts.push_back(known ? matches(owned.listener.uid == *expected.uid) : Verdict::kUnknown);
  }
  if (std::ranges::find(verdicts, Verdict::kDiffers) != verdicts.end()) {
    return Verdict::kDiffers;
  }
  return std::ranges::find(verdicts, Verdict::kUnknown) != verdicts.end() ? Verdict::kUnknown
                                                                          : Verdict::kMatches;
}

Outcome conflict(std::string message, std::string code) {
  return Outcome::fail(Reason::kConflict, Phase::kEvaluate, std::move(message), std::move(code));
}

// The owner fits in all but one thing that its description does not show.
std::string difference(const OwnedListener& owned, const OwnerExpectation& expected) {
  const Process* process = spokesman(owned.processes);
  if (!expected.executable.empty() && process != nullptr) {
    return ", runs " + plain_name(process->executable);
  }
  if (!expected.user.empty() && owned.listener.uid != kUnknownUser) {
    return ", made by user " + std::to_string(owned.listener.uid);
  }
  return "";
}

Outcome cannot_tell(const OwnedListener& owned, const OwnerExpectation& expected) {
  const std::string what = "cannot tell whether " + to_string(owned.listener) + " belongs to " +
                           to_string(expected) + ": ";
  if (!expected.user.empty() && !expected.uid) {
    return Outcome::unknown(Reason::kMissing, Phase::kEvaluate,
                            "there is no user " + plain_name(expected.user) + " on this host",
                            "no_user");
  }
  if (owned.unseen) {
    Outcome outcome = *owned.unseen;
    outcome.message = what + outcome.message;
    return outcome;
  }
  const Process* process = spokesman(owned.processes);
  if (process != nullptr && is_manager(*process)) {
    return Outcome::unknown(Reason::kUnsupported, Phase::kEvaluate,
                            what + "systemd (pid " + std::to_string(process->pid) +
                                ") holds it for a socket unit, and the kernel does not say which");
  }
  if (process != nullptr) {
    return Outcome::unknown(Reason::kPermission, Phase::kEvaluate,
                            what + "the agent may not look at pid " + std::to_string(process->pid) +
                                " (that takes root or the capability CAP_SYS_PTRACE)");
  }
  return Outcome::unknown(Reason::kUnsupported, Phase::kEvaluate,
                          what + "no process that the agent can see holds it");
}

// The first pair that overlaps and belongs to different units.
std::optional<Outcome> find_shared(const ListenerQuestion& question,
                                   const std::vector<OwnedListener>& listeners) {
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const Group one = group_of(listeners[i]);
    for (std::size_t j = i + 1; j < listeners.size(); ++j) {
      const Group other = group_of(listeners[j]);
      if (one.known && other.known && overlap(listeners[i].listener, listeners[j].listener) &&
          !unit_matches(one.unit, other.unit) && !unit_matches(other.unit, one.unit) &&
          (one.unit != other.unit || one.container != other.container)) {
        return conflict(to_string(question) + " is shared by " + owner_text(listeners[i]) +
                            " and " + owner_text(listeners[j]),
                        "shared");
      }
    }
  }
  return std::nullopt;
}

Outcome held_by_other(const ListenerQuestion& question, const OwnerExpectation& expected,
                      const OwnedListener& owned, bool others_match) {
  const std::string subject = others_match
                                  ? to_string(question) + " (" + to_string(owned.listener) + ")"
                                  : to_string(question);
  const std::string text = owner_text(owned);
  return conflict(subject + (others_match ? " is also held by " : " is held by ") + text +
                      difference(owned, expected) + ", not " + (others_match ? "only " : "") +
                      to_string(expected),
                  others_match ? "shared" : "other_owner");
}

}  // namespace

bool has_group(const Listener& listener) {
  return !listener.cgroup.empty() && listener.cgroup != "/";
}

bool needs_processes(const OwnerExpectation& expected, const Listener& listener) {
  return !expected.executable.empty() || !has_group(listener);
}

std::string to_string(const OwnerExpectation& expected) {
  std::string text = expected.unit;
  const auto add = [&text](std::string_view word, const std::string& value) {
    if (!value.empty()) {
      text += (text.empty() ? "" : ", ") + std::string(word) + plain_name(value);
    }
  };
  add("", expected.executable);
  add("user ", expected.user);
  add("container ", expected.container);
  return text;
}

std::string owner_text(const OwnedListener& owned) {
  constexpr std::size_t kShortId = 12;
  const Process* process = spokesman(owned.processes);
  const std::string pid = process != nullptr ? "pid " + std::to_string(process->pid) : "";
  const Group group = group_of(owned);
  if (!group.container.empty()) {
    return "container " + plain_name(group.container.substr(0, kShortId)) +
           (pid.empty() ? "" : " (" + pid + ")");
  }
  if (!group.unit.empty()) {
    return plain_name(group.unit) + (pid.empty() ? "" : " (" + pid + ")");
  }
  if (process != nullptr) {
    return plain_name(process->name) + (group.known ? " of no unit (" : " (") + pid + ")";
  }
  if (owned.listener.inode == 0) {
    return "the kernel";
  }
  if (group.known) {
    return "a process of no unit, in " + plain_name(owned.listener.cgroup);
  }
  return owned.listener.uid == kUnknownUser
             ? "a process that the agent cannot see"
             : "a process of user " + std::to_string(owned.listener.uid);
}

std::optional<Outcome> judge_owners(const ListenerQuestion& question,
                                    const OwnerExpectation& expected,
                                    const std::vector<OwnedListener>& takers,
                                    const std::vector<OwnedListener>& shadows) {
  if (!expected.any()) {
    std::vector<OwnedListener> all = takers;
    all.insert(all.end(), shadows.begin(), shadows.end());
    return find_shared(question, all);
  }
  const OwnedListener* unknown = nullptr;
  const OwnedListener* other = nullptr;
  bool some_match = false;
  for (const OwnedListener& owned : takers) {
    const Verdict verdict = judge(owned, expected);
    some_match = some_match || verdict == Verdict::kMatches;
    unknown = verdict == Verdict::kUnknown && unknown == nullptr ? &owned : unknown;
    other = verdict == Verdict::kDiffers && other == nullptr ? &owned : other;
  }
  if (other != nullptr) {
    return held_by_other(question, expected, *other, some_match);
  }
  for (const OwnedListener& owned : shadows) {
    const Verdict verdict = judge(owned, expected);
    if (verdict == Verdict::kDiffers) {
      return conflict(to_string(owned.listener) + " is held by " + owner_text(owned) +
                          difference(owned, expected) + " and takes what is meant for " +
                          to_string(expected) + " on " + to_string(takers.front().listener),
                      "shadowed");
    }
    unknown = verdict == Verdict::kUnknown && unknown == nullptr ? &owned : unknown;
  }
  return unknown != nullptr ? std::optional(cannot_tell(*unknown, expected)) : std::nullopt;
}

Outcome nobody_listens(const ListenerQuestion& question, const OwnerExpectation& expected,
                       const std::vector<OwnedListener>& elsewhere,
                       const std::vector<Listener>& instead) {
  constexpr std::size_t kMostNamed = 3;
  std::string message = "nobody listens on " + to_string(question);
  for (std::size_t i = 0; i < std::min(elsewhere.size(), kMostNamed); ++i) {
    message += (i == 0 ? "; " : ", ") + owner_text(elsewhere[i]) + " listens on " +
               to_string(elsewhere[i].listener);
  }
  for (std::size_t i = 0; i < std::min(instead.size(), kMostNamed); ++i) {
    message += i == 0 ? "; " + expected.unit + " listens on " + to_string(instead[i])
                      : ", " + to_string(instead[i]);
  }
  return Outcome::fail(Reason::kMissing, Phase::kRun, std::move(message),
                       elsewhere.empty() ? "not_listening" : "other_address");
}

}  // namespace hale::checks
