#include "checks/conflicts/judge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "checks/systemd/words.h"

namespace hale::checks {
namespace {

using monitor::Confidence;
using monitor::Finding;
using monitor::Severity;

// A port of one protocol: where two are at odds over it, addresses do not matter any more.
using Port = std::pair<SocketProtocol, std::uint16_t>;
using Ports = std::set<Port>;

Port port_of(const Listener& listener) {
  return {listener.protocol, listener.port};
}

// "port 9100", "ports 80, 443 and 53/udp"
std::string text_of(const Ports& ports) {
  std::string text = ports.size() == 1 ? "port " : "ports ";
  std::size_t left = ports.size();
  for (const auto& [protocol, port] : ports) {
    text += std::to_string(port) + (protocol == SocketProtocol::kUdp ? "/udp" : "");
    --left;
    text += left == 0 ? "" : left == 1 ? " and " : ", ";
  }
  return text;
}

std::string pair_key(const std::string& a, const std::string& b) {
  return std::min(a, b) + " " + std::max(a, b);
}

std::string restarts_text(std::size_t restarts) {
  return std::to_string(restarts) + (restarts == 1 ? " restart in " : " restarts in ") +
         std::to_string(std::chrono::duration_cast<std::chrono::minutes>(kTroubleWindow).count()) +
         " minutes";
}

bool stays_up(const Unit& unit, monitor::WallTime now) {
  const bool is_running = unit.active_state == "active" && unit.sub_state == "running";
  return is_running && unit.service && unit.service->main_started &&
         now - *unit.service->main_started > PortHistory::kStartUp;
}

bool is_loop(const UnitTrouble& trouble) {
  return trouble.restarts >= kLoop || (trouble.given_up && trouble.told_restarts >= kLoopGivenUp);
}

class Judge {
 public:
  explicit Judge(const ConflictScene& scene) : scene_(scene) {}

  std::vector<Finding> findings() {
    for (const UnitTrouble& trouble : units_in_trouble(scene_)) {
      judge_trouble(trouble);
    }
    judge_learned();
    judge_claims();
    judge_split_ports();
    std::sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.severity, a.confidence, a.kind, a.key) <
             std::tie(b.severity, b.confidence, b.kind, b.key);
    });
    return std::move(findings_);
  }

 private:
  // What stands in the way of a unit, by the name of who holds it.
  struct Held {
    Owner owner;
    Ports ports;
    bool certain = false;
    std::vector<std::string> evidence;
  };

  void judge_trouble(const UnitTrouble& trouble);
  std::map<std::string, Held> held_from(const UnitTrouble& trouble) const;
  bool is_certain(const PortClaim& claim, std::size_t guesses) const;
  std::string journal_text(const std::string& unit) const;
  void add_held(const UnitTrouble& trouble, const Held& held);
  void add_loop(const UnitTrouble& trouble);
  void judge_learned();
  void judge_learned_of(const Unit& unit, const std::vector<const LearnedPort*>& ports);
  void judge_claims();
  void judge_claim_pair(const PortClaim& a, const PortClaim& b);
  void judge_split_ports();

  // Who holds what overlaps it, unless the unit itself does.
  const Listener* foreign_holder(const Unit& unit, const Listener& at) const;
  bool holds(const Unit& unit, const Port& port) const;
  bool may_be_held_by_anybody(const Port& port) const;
  bool is_explained(const std::string& unit, const Port& port) const {
    return explained_.contains({unit, port});
  }
  void explain(const std::string& unit, const Ports& ports) {
    for (const Port& port : ports) {
      explained_.insert({unit, port});
    }
  }

  const ConflictScene& scene_;
  std::vector<Finding> findings_;
  std::set<std::pair<std::string, Port>> explained_;
  std::set<std::string> in_trouble_;
};

const Listener* Judge::foreign_holder(const Unit& unit, const Listener& at) const {
  const Listener* holder = nullptr;
  for (const Listener& listener : listeners_on(*scene_.listeners, at.protocol, at.port)) {
    if (!overlap(listener, at)) {
      continue;
    }
    if (is_of(listener, unit)) {
      return nullptr;
    }
    holder = holder == nullptr ? &listener : holder;
  }
  return holder;
}

bool Judge::holds(const Unit& unit, const Port& port) const {
  const auto on_port = listeners_on(*scene_.listeners, port.first, port.second);
  return std::any_of(on_port.begin(), on_port.end(),
                     [&unit](const Listener& listener) { return is_of(listener, unit); });
}

// There is a listener whose owner is not known.
bool Judge::may_be_held_by_anybody(const Port& port) const {
  const auto on_port = listeners_on(*scene_.listeners, port.first, port.second);
  return std::any_of(on_port.begin(), on_port.end(), [this](const Listener& listener) {
    return !owner_of(listener, scene_).is_known;
  });
}

// A claim that was learned says nothing about a unit whose journal tells of other troubles. A guess
// becomes certain where the journal says that this very port is in use, or that some address is and
// the command line has only one that another holds.
bool Judge::is_certain(const PortClaim& claim, std::size_t guesses) const {
  const auto found = scene_.journal.find(claim.unit);
  const JournalEvidence none;
  const JournalEvidence& journal = found == scene_.journal.end() ? none : found->second;
  switch (claim.source) {
    case ClaimSource::kLearned:
      return journal.in_use.said || (journal.looked && !journal.readable);
    case ClaimSource::kCommand:
      return journal.in_use.said &&
             (journal.in_use.port ? *journal.in_use.port == claim.at.port : guesses == 1);
    default:
      return true;
  }
}

std::map<std::string, Judge::Held> Judge::held_from(const UnitTrouble& trouble) const {
  const Unit& unit = *trouble.unit;
  std::vector<std::pair<PortClaim, const Listener*>> taken;
  for (PortClaim& claim : claims_of(unit, scene_)) {
    if (const Listener* const holder = foreign_holder(unit, claim.at)) {
      taken.emplace_back(std::move(claim), holder);
    }
  }
  const auto guesses =
      static_cast<std::size_t>(std::count_if(taken.begin(), taken.end(), [](const auto& entry) {
        return entry.first.source == ClaimSource::kCommand;
      }));
  std::map<std::string, Held> all;
  for (const auto& [claim, holder] : taken) {
    Owner owner = owner_of(*holder, scene_);
    // Who came only after the unit had failed did not make it fail.
    const bool came_later = trouble.given_up && owner.since && unit.inactive_since &&
                            *owner.since > *unit.inactive_since;
    Held& held = all[owner.name];
    held.certain = held.certain || (is_certain(claim, guesses) && owner.is_known && !came_later);
    held.owner = std::move(owner);
    held.ports.insert(port_of(*holder));
    held.evidence.push_back(unit.name + " wants " + to_string(claim.at) + ": " + claim.detail);
    held.evidence.push_back(to_string(*holder) + " is held by " + held.owner.text);
  }
  return all;
}

std::string Judge::journal_text(const std::string& unit) const {
  const auto journal = scene_.journal.find(unit);
  if (journal == scene_.journal.end()) {
    return "";
  }
  if (!journal->second.line.empty()) {
    return "its journal: " + journal->second.line;
  }
  return journal->second.in_use.said ? "its journal says that an address is in use" : "";
}

void Judge::add_held(const UnitTrouble& trouble, const Held& held) {
  const Unit& unit = *trouble.unit;
  Finding finding;
  finding.kind = kPortHeld;
  finding.key = pair_key(unit.name, held.owner.name);
  // That it is in a loop is certain, whatever the cause.
  finding.severity = held.certain || is_loop(trouble) ? Severity::kPage : Severity::kTicket;
  finding.confidence = held.certain ? Confidence::kHigh : Confidence::kLow;
  finding.message = unit.name + (held.certain ? " cannot start: " : " fails, perhaps because ") +
                    text_of(held.ports) + (held.ports.size() == 1 ? " is" : " are") + " held by " +
                    held.owner.text;
  if (trouble.restarts > 0) {
    finding.message += "; " + restarts_text(trouble.restarts);
  }
  if (unit.active_state == "failed" && unit.inactive_since) {
    finding.message += "; failed at " + clock_text(*unit.inactive_since, scene_.now);
  }
  finding.evidence = held.evidence;
  if (!trouble.end.empty()) {
    finding.evidence.push_back("how its last run ended: " + trouble.end);
  }
  if (const std::string said = journal_text(unit.name); !said.empty()) {
    finding.evidence.push_back(said);
  }
  std::sort(finding.evidence.begin(), finding.evidence.end());
  finding.evidence.erase(std::unique(finding.evidence.begin(), finding.evidence.end()),
                         finding.evidence.end());
  explain(unit.name, held.ports);
  explain(held.owner.name, held.ports);
  // Two that take the port from each other in turn are one cause: the first one tells it.
  const bool is_told = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& known) {
    return known.kind == kPortHeld && known.key == finding.key;
  });
  if (!is_told) {
    findings_.push_back(std::move(finding));
  }
}

void Judge::add_loop(const UnitTrouble& trouble) {
  Finding finding;
  finding.kind = kRestartLoop;
  finding.key = trouble.unit->name;
  finding.severity = Severity::kPage;
  finding.message = trouble.unit->name +
                    (trouble.given_up ? " was given up after " +
                                            std::to_string(trouble.told_restarts) + " restarts"
                                      : " does not stay up: " + restarts_text(trouble.restarts));
  if (!trouble.end.empty()) {
    finding.message += ", last: " + trouble.end;
  }
  if (const std::string said = journal_text(trouble.unit->name); !said.empty()) {
    finding.message += "; " + said;
  }
  findings_.push_back(std::move(finding));
}

void Judge::judge_trouble(const UnitTrouble& trouble) {
  in_trouble_.insert(trouble.unit->name);
  const std::map<std::string, Held> all = held_from(trouble);
  const bool certain =
      std::any_of(all.begin(), all.end(), [](const auto& entry) { return entry.second.certain; });
  for (const auto& [name, held] : all) {
    if (held.certain) {
      add_held(trouble, held);
    }
  }
  if (!certain && !all.empty()) {
    add_held(trouble, all.begin()->second);  // one guess is enough
  }
  if (all.empty() && is_loop(trouble)) {
    add_loop(trouble);
  }
}

// A service that runs, but without a port that it had.
void Judge::judge_learned() {
  std::map<std::string, std::vector<const LearnedPort*>> by_unit;
  for (const LearnedPort* port : scene_.history->learned()) {
    if (port->expected) {
      by_unit[port->unit].push_back(port);
    }
  }
  for (const auto& [name, ports] : by_unit) {
    const auto unit = scene_.units->find(name);
    if (unit != scene_.units->end() && stays_up(unit->second, scene_.now) &&
        !in_trouble_.contains(name)) {
      judge_learned_of(unit->second, ports);
    }
  }
}

void Judge::judge_learned_of(const Unit& unit, const std::vector<const LearnedPort*>& ports) {
  Ports lost;
  monitor::WallTime last{};
  for (const LearnedPort* port : ports) {
    const bool is_held = holds(unit, port_of(port->at));
    if (is_held || may_be_held_by_anybody(port_of(port->at)) ||
        is_explained(unit.name, port_of(port->at))) {
      continue;
    }
    const Listener* const holder = foreign_holder(unit, port->at);
    if (holder == nullptr) {
      lost.insert(port_of(port->at));
      last = std::max(last, port->last);
      continue;
    }
    const Owner owner = owner_of(*holder, scene_);
    const Ports taken = {port_of(port->at)};
    Finding finding;
    finding.kind = kOwnerChanged;
    finding.key = pair_key(unit.name, owner.name) + " " + text_of(taken);
    finding.severity = Severity::kPage;
    finding.message = text_of(taken) + " of " + unit.name + ", which runs, is held by " +
                      owner.text + " and nobody has asked for that";
    finding.evidence = {unit.name + " listened on " + to_string(port->at) + " until " +
                            clock_text(port->last, scene_.now),
                        to_string(*holder) + " is held by " + owner.text};
    explain(unit.name, taken);
    explain(owner.name, taken);
    findings_.push_back(std::move(finding));
  }
  if (!lost.empty()) {
    Finding finding;
    finding.kind = kPortLost;
    finding.key = unit.name;
    finding.message = unit.name + " runs, but does not listen on " + text_of(lost) + " any more";
    finding.evidence = {"it did until " + clock_text(last, scene_.now)};
    findings_.push_back(std::move(finding));
  }
}

// Two that will not start together some day: those that are enabled, or run, and want the same.
void Judge::judge_claims() {
  std::map<Port, std::vector<PortClaim>> by_port;
  for (const auto& [name, unit] : *scene_.units) {
    const bool is_wanted = unit.file_state.starts_with("enabled") ||
                           unit.active_state == "active" || unit.active_state == "activating";
    if (!is_wanted) {
      continue;
    }
    for (PortClaim& claim : claims_of(unit, scene_)) {
      if (claim.at.protocol != SocketProtocol::kUnix) {
        by_port[port_of(claim.at)].push_back(std::move(claim));
      }
    }
  }
  for (const auto& [port, claims] : by_port) {
    for (std::size_t i = 0; i < claims.size(); ++i) {
      for (std::size_t j = i + 1; j < claims.size(); ++j) {
        judge_claim_pair(claims[i], claims[j]);
      }
    }
  }
}

void Judge::judge_claim_pair(const PortClaim& a, const PortClaim& b) {
  const Unit& first = scene_.units->find(a.unit)->second;
  const Unit& second = scene_.units->find(b.unit)->second;
  const Port port = port_of(a.at);
  Listener of_first;
  of_first.unit = first.name;
  Listener of_second;
  of_second.unit = second.name;
  const auto is_against = [](const Unit& unit, const std::string& other) {
    return std::find(unit.conflicts.begin(), unit.conflicts.end(), other) != unit.conflicts.end();
  };
  if (!overlap(a.at, b.at) || is_of(of_first, second) || is_of(of_second, first) ||
      is_against(first, second.name) || is_against(second, first.name) ||
      (is_explained(a.unit, port) && is_explained(b.unit, port))) {
    return;
  }
  if (holds(first, port) && holds(second, port)) {
    return;  // they share it
  }
  const bool is_guess = a.source == ClaimSource::kCommand || b.source == ClaimSource::kCommand;
  Finding finding;
  finding.kind = kDoubleClaim;
  finding.key = pair_key(a.unit, b.unit) + " " + text_of({port});
  finding.severity = is_guess ? Severity::kInfo : Severity::kTicket;
  finding.confidence = is_guess ? Confidence::kLow : Confidence::kHigh;
  finding.message = a.unit + " and " + b.unit + (is_guess ? " seem to" : " both") + " want " +
                    text_of({port}) + ": whichever starts second cannot";
  finding.evidence = {a.unit + ": " + a.detail, b.unit + ": " + b.detail};
  explain(a.unit, {port});
  explain(b.unit, {port});
  findings_.push_back(std::move(finding));
}

// The same port, open to everybody or on the loopback, of different owners by address: who says
// "localhost" may reach either.
void Judge::judge_split_ports() {
  std::map<Port, std::vector<const Listener*>> by_port;
  for (const Listener& listener : *scene_.listeners) {
    const bool is_local = listener.address.is_unspecified() || listener.address.is_loopback();
    if (listener.protocol == SocketProtocol::kTcp && is_local && !listener.unit.empty()) {
      by_port[port_of(listener)].push_back(&listener);
    }
  }
  for (const auto& [port, list] : by_port) {
    for (std::size_t i = 1; i < list.size(); ++i) {
      const Listener& a = *list.front();
      const Listener& b = *list[i];
      const Unit* const unit = unit_of(b, *scene_.units);
      // 127.0.0.53 beside 127.0.0.1 is meant: those are chosen by their addresses.
      const bool is_apart = a.address.is_loopback() && b.address.is_loopback() &&
                            a.address.is_v4() == b.address.is_v4();
      if (is_apart || a.address == b.address || a.unit == b.unit || unit == nullptr ||
          is_of(a, *unit) || (is_explained(a.unit, port) && is_explained(b.unit, port))) {
        continue;
      }
      Finding finding;
      finding.kind = kSplitPort;
      finding.key = pair_key(a.unit, b.unit) + " " + text_of({port});
      finding.severity = Severity::kInfo;
      finding.message = text_of({port}) + " has two owners: " + to_string(a) + " is " + a.unit +
                        ", " + to_string(b) + " is " + b.unit +
                        "; which one a client reaches depends on the address it tries";
      finding.evidence = {to_string(a) + " is held by " + owner_of(a, scene_).text,
                          to_string(b) + " is held by " + owner_of(b, scene_).text};
      findings_.push_back(std::move(finding));
      break;
    }
  }
}

}  // namespace

std::vector<Finding> judge_conflicts(const ConflictScene& scene) {
  return Judge(scene).findings();
}

}  // namespace hale::checks
