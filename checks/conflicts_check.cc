#include "checks/conflicts_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <unistd.h>

#include "checks/excerpt.h"
#include "checks/patience.h"
#include "checks/proc/read_file.h"
#include "checks/proc/text.h"
#include "checks/sockets/listener_claims.h"
#include "checks/sockets/listener_watch.h"
#include "checks/systemd/journal.h"
#include "checks/systemd/unit_watch.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Finding;
using monitor::Measurement;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Severity;
using monitor::Task;

// Journals and processes of so many are looked at in a run; the others have their turn in the next.
constexpr std::size_t kMostLooks = 16;
constexpr std::size_t kMostLines = 50;
constexpr std::size_t kMostLineBytes = 300;

EphemeralPorts ephemeral_ports(const std::filesystem::path& proc_root) {
  EphemeralPorts ports;
  const auto text = read_file(proc_root / "sys/net/ipv4/ip_local_port_range", 64);
  if (!text) {
    return ports;  // the kernel's default
  }
  std::string_view line = *text;
  std::string_view first_line = next_line(line);
  const auto first = to_number<std::uint16_t>(next_word(first_line));
  const auto last = to_number<std::uint16_t>(next_word(first_line));
  if (first && last) {
    ports = {.first = *first, .last = *last};
  }
  return ports;
}

// The latest line that says that an address is in use; else the last line of all.
JournalEvidence evidence_of(const std::vector<std::string>& lines, bool quote) {
  JournalEvidence evidence;
  evidence.looked = true;
  // Of root nothing is kept back, so that an empty journal is a silent one.
  evidence.readable = !lines.empty() || ::geteuid() == 0;
  for (const std::string& line : lines) {
    evidence.in_use = address_in_use(line);
    if (evidence.in_use.said) {
      evidence.line = quote ? escaped(line, kMostLineBytes) : "";
      return evidence;
    }
  }
  if (!lines.empty() && quote) {
    evidence.line = escaped(lines.front(), kMostLineBytes);
  }
  return evidence;
}

// The last run and the one before it: the last may have only begun.
monitor::WallTime last_runs_began(const Unit& unit, const std::vector<UnitStart>& starts,
                                  monitor::WallTime now) {
  constexpr auto kSlack = std::chrono::seconds(1);  // the journal's clock and systemd's
  if (starts.size() >= 2) {
    return starts[starts.size() - 2].time - kSlack;
  }
  if (unit.service && unit.service->main_started) {
    return *unit.service->main_started - kSlack;
  }
  return now - UnitWatch::kStartsKept;
}

// Those that stand in the way of a unit and belong to no service of which systemd knows the main
// process.
std::vector<Listener> holders_wanted(const ConflictScene& scene) {
  std::vector<Listener> wanted;
  std::set<std::uint64_t> inodes;
  for (const UnitTrouble& trouble : units_in_trouble(scene)) {
    for (const PortClaim& claim : claims_of(*trouble.unit, scene)) {
      for (const Listener& listener :
           listeners_on(*scene.listeners, claim.at.protocol, claim.at.port)) {
        if (!overlap(listener, claim.at) || inodes.contains(listener.inode)) {
          continue;
        }
        const Unit* const unit = unit_of(listener, *scene.units);
        if (unit != nullptr && unit->service) {
          continue;
        }
        inodes.insert(listener.inode);
        wanted.push_back(listener);
        if (wanted.size() == kMostLooks) {
          return wanted;
        }
      }
    }
  }
  return wanted;
}

Measurement measured(std::string_view name, std::size_t value) {
  Measurement measurement;
  measurement.name = name;
  measurement.value = static_cast<double>(value);
  return measurement;
}

std::string counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

Outcome outcome_of(const std::vector<Finding>& findings, const std::string& seen) {
  if (findings.empty() || findings.front().severity == Severity::kInfo) {
    const std::string hints = findings.empty() ? "" : "; " + counted(findings.size(), "hint");
    return Outcome::pass("no conflicts among " + seen + hints);
  }
  const Finding& worst = findings.front();
  std::string message = worst.message;
  if (findings.size() > 1) {
    message += "; " + counted(findings.size() - 1, "more finding");
  }
  const Reason reason =
      worst.kind == kRestartLoop || worst.kind == kPortLost ? Reason::kStatus : Reason::kConflict;
  return worst.severity == Severity::kPage
             ? Outcome::fail(reason, Phase::kEvaluate, std::move(message), worst.kind)
             : Outcome::warn(reason, Phase::kEvaluate, std::move(message), worst.kind);
}

PortClaim configured_claim(const ListenerClaim& claim) {
  PortClaim result;
  result.unit = claim.unit;
  result.source = ClaimSource::kConfigured;
  result.detail = "a check expects it on " + claim.target;
  result.at.protocol = claim.where.protocol;
  result.at.port = claim.where.port;
  result.at.path = claim.where.path;
  result.at.dual_stack = !claim.where.address;
  result.at.address = claim.where.address.value_or(asio::ip::address_v6::any());
  return result;
}

std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make(
    const monitor::Parameters& parameters) {
  return std::make_unique<ConflictsCheck>(
      ConflictsOptions{.quote_journal = parameters.boolean("quote_journal"), .run_root = "/run"});
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "conflicts";
  type.summary = "Units and listeners that stand in each other's way: who holds whose port.";
  type.keys = {
      {.name = "quote_journal",
       .type = monitor::KeyType::kBoolean,
       .help = "Whether findings quote the last line that a service in trouble has written. "
               "Journals are for root and a group; what hale says is for whoever can reach it.",
       .default_value = false},
  };
  type.measurements = {
      {.name = "units", .metric = "conflicts_units", .help = "Units of systemd that are watched."},
      {.name = "listeners",
       .metric = "conflicts_listeners",
       .help = "Sockets that wait for peers."},
      {.name = "learned_ports",
       .metric = "conflicts_learned_ports",
       .help = "Ports that services were seen to listen on, of the last 30 days."},
  };
  type.findings = {
      {kPortHeld, "A unit that cannot start, since another holds its port."},
      {kOwnerChanged, "A port that another took over from a service that runs."},
      {kPortLost, "A service that runs, but does not listen any more where it did."},
      {kRestartLoop, "A service that is started again and again, for whatever cause."},
      {kDoubleClaim, "Two units that want the same port: not both can start."},
      {kSplitPort, "One port with several owners, told apart by the address alone."},
  };
  type.pinned = {.fall = "1", .rise = "1"};
  type.reasons = {Reason::kConflict,    Reason::kStatus,     Reason::kTimeout, Reason::kStuck,
                  Reason::kUnsupported, Reason::kPermission, Reason::kAgent,   Reason::kInternal};
  type.example =
      "[checks.conflicts]\n"
      "type = \"conflicts\"\n"
      "severity = \"page\"\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& conflicts_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult conflicts_result(const ConflictScene& scene, bool without_systemd) {
  CheckResult result;
  result.findings = judge_conflicts(scene);
  std::string seen = counted(scene.listeners->size(), "listener");
  if (without_systemd) {
    seen += "; systemd does not run here, so their services are not known";
  } else {
    seen = counted(scene.units->size(), "unit") + " and " + seen;
    result.measurements.push_back(measured("units", scene.units->size()));
  }
  result.measurements.push_back(measured("listeners", scene.listeners->size()));
  result.measurements.push_back(measured("learned_ports", scene.history->learned().size()));
  result.outcome = outcome_of(result.findings, seen);
  return result;
}

std::map<std::string, ConflictsCheck::JournalLook> ConflictsCheck::journals_wanted(
    const ConflictScene& scene) const {
  std::map<std::string, JournalLook> looks;
  std::size_t unread = 0;
  for (const UnitTrouble& trouble : units_in_trouble(scene)) {
    const Unit& unit = *trouble.unit;
    JournalLook look;
    if (unit.service) {
      look.restarts = unit.service->restarts;
      look.started = unit.service->main_started;
    }
    look.since = last_runs_began(unit, scene.starts(unit.name), scene.now);
    const auto known = journals_.find(unit.name);
    if (known != journals_.end() && (known->second.is_of_same_run(look) || unread == kMostLooks)) {
      looks[unit.name] = known->second;
    } else if (unread < kMostLooks) {
      ++unread;
      looks[unit.name] = std::move(look);
    }
  }
  return looks;
}

Task<> ConflictsCheck::read_journals(RunContext& context, const ConflictScene& scene) {
  std::map<std::string, JournalLook> looks = journals_wanted(scene);
  for (auto& [name, look] : looks) {
    if (look.evidence.looked) {
      continue;
    }
    std::function<std::vector<std::string>()> read = [unit = name, since = look.since] {
      return journal_of(unit, since, kMostLines);
    };
    std::string key = "journal:" + name;
    const monitor::TimePoint give_up = patience_ends(context);
    const std::expected<std::vector<std::string>, PoolFailure> lines =
        co_await context.services().files.call(std::move(key), give_up, std::move(read));
    if (lines) {
      look.evidence = evidence_of(*lines, options_.quote_journal);
    } else if (lines.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
  }
  journals_ = std::move(looks);
}

bool ConflictsCheck::is_without_systemd() const {
  std::error_code ignored;
  return !seen_systemd_ && history_.learned().empty() &&
         !std::filesystem::exists(options_.run_root / "systemd" / "system", ignored);
}

Task<> ConflictsCheck::find_holders(RunContext& context, ConflictScene& scene) {
  std::vector<Listener> asked = holders_wanted(scene);
  auto& watch = context.services().shared<ListenerWatch>();
  for (Listener& listener : asked) {
    const std::uint64_t inode = listener.inode;
    auto holders = co_await watch.holders(context, std::move(listener));
    if (holders) {
      scene.holders[inode] = *std::move(holders);
    }
  }
}

Task<CheckResult> ConflictsCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  CheckResult result;
  monitor::Services& services = context.services();
  auto& unit_watch = services.shared<UnitWatch>();
  const std::expected<void, Outcome> units_seen = co_await unit_watch.look(context);
  seen_systemd_ = seen_systemd_ || units_seen.has_value();
  if (!restored_) {
    history_.restore(services.state);
    restored_ = true;
  }
  const bool without_systemd =
      !units_seen && units_seen.error().reason == Reason::kUnsupported && is_without_systemd();
  if (!units_seen && !without_systemd) {
    result.outcome = units_seen.error();
    co_return result;
  }
  auto& listener_watch = services.shared<ListenerWatch>();
  const std::expected<std::shared_ptr<const Listeners>, Outcome> listeners =
      co_await listener_watch.look(context);
  if (!listeners) {
    result.outcome = listeners.error();
    co_return result;
  }
  // What follows waits now and then, while the watch goes on: the picture is kept as it is here.
  const Units units = without_systemd ? Units() : unit_watch.units();
  std::map<std::string, std::vector<UnitStart>> starts;
  for (const auto& [name, unit] : units) {
    const std::vector<UnitStart>& of_unit = unit_watch.starts(name);
    if (!of_unit.empty()) {
      starts[name] = of_unit;
    }
  }
  const std::vector<UnitStart> none;
  ConflictScene scene;
  scene.now = services.clock.wall_now();
  scene.units = &units;
  scene.listeners = listeners->get();
  scene.history = &history_;
  scene.starts = [&starts, &none](const std::string& unit) -> const std::vector<UnitStart>& {
    const auto found = starts.find(unit);
    return found == starts.end() ? none : found->second;
  };
  for (const ListenerClaim& claim : services.shared<ListenerClaims>().all()) {
    scene.configured.push_back(configured_claim(claim));
  }
  const auto last_job = [&starts](const std::string& unit) {
    std::optional<monitor::WallTime> last;
    for (const UnitStart& start : starts[unit]) {
      last = start.planned ? std::optional(start.time) : last;
    }
    return last;
  };
  history_.look(units, last_job, **listeners, ephemeral_ports(services.proc_root), scene.now);
  history_.save(services.state);
  co_await read_journals(context, scene);
  for (const auto& [name, look] : journals_) {
    scene.journal[name] = look.evidence;
  }
  co_await find_holders(context, scene);
  context.enter(Phase::kEvaluate);
  result = conflicts_result(scene, without_systemd);
  co_return result;
}

}  // namespace hale::checks
