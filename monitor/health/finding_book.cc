#include "monitor/health/finding_book.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "monitor/state/state_fields.h"

namespace hale::monitor {
namespace {

void cut(std::string& text, std::size_t limit) {
  if (text.size() <= limit) {
    return;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  text.resize(end);
}

void bound(Finding& finding) {
  cut(finding.kind, FindingBook::kMaxKey);
  cut(finding.key, FindingBook::kMaxKey);
  cut(finding.message, FindingBook::kMaxLine);
  if (finding.evidence.size() > FindingBook::kMaxEvidence) {
    finding.evidence.resize(FindingBook::kMaxEvidence);
  }
  for (std::string& line : finding.evidence) {
    cut(line, FindingBook::kMaxLine);
  }
}

Event make_event(const std::string& check, const Finding& finding, WallTime now) {
  Event event;
  event.time = now;
  event.kind = EventKind::kFinding;
  event.check = check;
  event.item = finding.kind;
  event.message = finding.message;
  return event;
}

// Neither a check's name nor a kind has a space.
std::string record_key(const std::string& check, const Finding& finding) {
  return check + ' ' + finding.kind + ' ' + finding.key;
}

struct Record {
  std::string check;
  Finding finding;
  WallTime since;
};

template <class Word>
std::optional<Word> word(std::string_view text, int count) {
  for (int i = 0; i < count; ++i) {
    if (text == to_string(static_cast<Word>(i))) {
      return static_cast<Word>(i);
    }
  }
  return std::nullopt;
}

std::optional<Record> read_record(const std::string& key, const StateRecord& fields) {
  const std::size_t check_end = key.find(' ');
  const std::size_t kind_end =
      check_end == std::string::npos ? check_end : key.find(' ', check_end + 1);
  if (kind_end == std::string::npos || fields.size() < 4) {
    return std::nullopt;
  }
  const auto severity = word<Severity>(fields[0], kSeverityCount);
  const auto confidence = word<Confidence>(fields[1], 2);
  const std::optional<WallTime> since = state_time(fields[2]);
  if (!severity || !confidence || !since) {
    return std::nullopt;
  }
  Record record{.check = key.substr(0, check_end),
                .finding = {.kind = key.substr(check_end + 1, kind_end - check_end - 1),
                            .key = key.substr(kind_end + 1),
                            .severity = *severity,
                            .confidence = *confidence,
                            .message = fields[3],
                            .evidence = {fields.begin() + 4, fields.end()}},
                .since = *since};
  bound(record.finding);
  return record;
}

// At most kMaxOpen: those that are open already come first, then the severe ones. What is left out
// becomes one finding.
void leave_out_excess(const std::string& check, std::vector<Finding>& findings,
                      const std::function<bool(const Finding&)>& is_open) {
  if (findings.size() <= FindingBook::kMaxOpen) {
    return;
  }
  std::ranges::sort(findings, [&](const Finding& a, const Finding& b) {
    const bool a_new = !is_open(a);
    const bool b_new = !is_open(b);
    return std::tie(a_new, a.severity, a.kind, a.key) < std::tie(b_new, b.severity, b.kind, b.key);
  });
  const auto first_out = findings.begin() + FindingBook::kMaxOpen;
  Finding omitted;
  omitted.kind = FindingBook::kOmitted;
  omitted.severity =
      std::ranges::min_element(first_out, findings.end(), {}, &Finding::severity)->severity;
  const std::size_t count = findings.size() - FindingBook::kMaxOpen;
  omitted.message = check + " has " + std::to_string(count) + " more findings than the " +
                    std::to_string(FindingBook::kMaxOpen) + " that are shown";
  findings.resize(FindingBook::kMaxOpen);
  findings.push_back(std::move(omitted));
}

}  // namespace

bool could_look(const Outcome& look) {
  return look.result != Result::kUnknown && look.reason != Reason::kTimeout &&
         look.reason != Reason::kStuck;
}

void FindingBook::restore(const std::function<bool(std::string_view check)>& watched, WallTime now,
                          std::vector<Event>& events) {
  const StateSection section = state_.section(kSection);  // a copy: it changes on the way
  for (const auto& [key, fields] : section) {
    std::optional<Record> record = read_record(key, fields);
    const bool fits = record && record_key(record->check, record->finding) == key;
    if (!fits || (watched(record->check) && open_[record->check].size() > kMaxOpen)) {
      state_.erase(kSection, key);
      continue;
    }
    Open known{.finding = std::move(record->finding), .since = std::min(record->since, now)};
    if (watched(record->check)) {
      open_[record->check].emplace(Key(known.finding.kind, known.finding.key), std::move(known));
    } else {
      resolve(record->check, std::move(known), "not configured any more", now, events);
    }
  }
  list_.reset();
}

void FindingBook::conclude(const std::string& check, std::vector<Finding> findings, bool complete,
                           WallTime now, std::vector<Event>& events) {
  const auto found = open_.find(check);
  if (findings.empty() && (found == open_.end() || !complete)) {
    return;
  }
  OpenFindings& open_here = found == open_.end() ? open_[check] : found->second;
  std::ranges::for_each(findings, bound);
  leave_out_excess(check, findings, [&](const Finding& finding) {
    return open_here.contains(Key(finding.kind, finding.key));
  });
  std::set<Key> listed;
  for (Finding& finding : findings) {
    Key key(finding.kind, finding.key);
    if (!listed.insert(key).second) {
      continue;  // listed twice: the first counts
    }
    const auto known = open_here.find(key);
    if (known != open_here.end()) {
      update(check, known->second, std::move(finding), now, events);
    } else if (open_here.size() <= kMaxOpen) {
      open(check, open_here, std::move(finding), now, events);
    }
  }
  if (complete) {
    for (auto known = open_here.begin(); known != open_here.end();) {
      if (listed.contains(known->first)) {
        ++known;
        continue;
      }
      Open gone = std::move(known->second);
      known = open_here.erase(known);
      resolve(check, std::move(gone), "", now, events);
    }
  }
  if (open_here.empty()) {
    open_.erase(check);
  }
}

void FindingBook::close(const std::string& check, std::string_view why, WallTime now,
                        std::vector<Event>& events) {
  auto node = open_.extract(check);
  if (node.empty()) {
    return;
  }
  for (auto& [key, known] : node.mapped()) {
    resolve(check, std::move(known), why, now, events);
  }
}

void FindingBook::open(const std::string& check, OpenFindings& open, Finding finding, WallTime now,
                       std::vector<Event>& events) {
  Key key(finding.kind, finding.key);
  const Open& opened =
      open.emplace(std::move(key), Open{.finding = std::move(finding), .since = now}).first->second;
  Event event = make_event(check, opened.finding, now);
  event.to = "open";
  events.push_back(std::move(event));
  remember(check, opened);
  list_.reset();
}

void FindingBook::update(const std::string& check, Open& known, Finding finding, WallTime now,
                         std::vector<Event>& events) {
  if (known.finding == finding) {
    return;
  }
  Event event = make_event(check, finding, now);
  if (known.finding.severity != finding.severity) {
    event.from = to_string(known.finding.severity);
    event.to = to_string(finding.severity);
  } else if (known.finding.confidence != finding.confidence) {
    event.from = to_string(known.finding.confidence);
    event.to = to_string(finding.confidence);
  }
  known.finding = std::move(finding);
  list_.reset();
  if (!event.to.empty()) {
    events.push_back(std::move(event));
    remember(check, known);
  }
}

void FindingBook::resolve(const std::string& check, Open known, std::string_view why, WallTime now,
                          std::vector<Event>& events) {
  Event event = make_event(check, known.finding, now);
  event.from = "open";
  event.to = "resolved";
  if (!why.empty()) {
    event.message += " (the check is " + std::string(why) + ")";
  }
  events.push_back(std::move(event));
  state_.erase(kSection, record_key(check, known.finding));
  resolved_.push_front(FindingView{
      .check = check, .finding = std::move(known.finding), .since = known.since, .resolved = now});
  if (resolved_.size() > kResolvedKept) {
    resolved_.pop_back();
  }
  list_.reset();
}

// Changes of the message alone are not worth a write of the file: the next run tells the latest.
void FindingBook::remember(const std::string& check, const Open& known) {
  const Finding& finding = known.finding;
  StateRecord record = {std::string(to_string(finding.severity)),
                        std::string(to_string(finding.confidence)), state_field(known.since),
                        finding.message};
  record.insert(record.end(), finding.evidence.begin(), finding.evidence.end());
  state_.put(kSection, record_key(check, finding), std::move(record));
}

std::shared_ptr<const FindingList> FindingBook::list() {
  if (list_) {
    return list_;
  }
  FindingList list;
  for (const auto& [check, open_here] : open_) {
    for (const auto& [key, known] : open_here) {
      list.push_back(FindingView{
          .check = check, .finding = known.finding, .since = known.since, .resolved = {}});
    }
  }
  std::ranges::sort(list, [](const FindingView& a, const FindingView& b) {
    return std::tie(a.finding.severity, a.since, a.check, a.finding.kind, a.finding.key) <
           std::tie(b.finding.severity, b.since, b.check, b.finding.kind, b.finding.key);
  });
  list.insert(list.end(), resolved_.begin(), resolved_.end());
  list_ = std::make_shared<const FindingList>(std::move(list));
  return list_;
}

}  // namespace hale::monitor
