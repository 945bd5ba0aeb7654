// What happened, as facts for people: the bounded log of the last events. Written by the engine
// thread; readers get shared immutable events.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::monitor {

enum class EventKind : std::uint8_t { kStatus, kAgent, kFinding };
std::string_view to_string(EventKind kind);

struct Event {
  std::uint64_t id = 0;  // counts from 1, without gaps, from the agent's start
  WallTime time;
  EventKind kind = EventKind::kStatus;
  std::string check;  // empty: about the agent
  std::string item;   // empty: about the check as a whole
  std::string from;   // statuses; empty where nothing changed from one to another
  std::string to;
  Reason reason = Reason::kNone;
  Phase phase = Phase::kNone;
  std::string message;
};

using EventList = std::vector<std::shared_ptr<const Event>>;

class EventLog {
 public:
  explicit EventLog(std::size_t capacity) : capacity_(capacity) {}

  void add(Event event);  // sets the id; the oldest event makes room
  const std::shared_ptr<const Event>& latest() const { return events_.back(); }  // not empty
  std::shared_ptr<const EventList> snapshot() const;  // oldest first; the same list until add()

 private:
  std::size_t capacity_;
  std::uint64_t next_id_ = 1;
  std::deque<std::shared_ptr<const Event>> events_;
  mutable std::shared_ptr<const EventList> snapshot_;
};

}  // namespace hale::monitor
