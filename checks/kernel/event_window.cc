#include "checks/kernel/event_window.h"

#include <algorithm>
#include <utility>

namespace hale::checks {

void KernelEventWindow::add(KernelTrouble trouble, monitor::TimePoint when, std::uint64_t count,
                            std::string about, monitor::TimePoint now) {
  if (now - when >= length_) {
    return;
  }
  // A storm keeps its number: what has to go hands its count to the next.
  if (events_.size() == kMostEvents) {
    const Event oldest = std::move(events_.front());
    events_.pop_front();
    const auto heir = std::ranges::find(events_, oldest.trouble, &Event::trouble);
    if (heir != events_.end()) {
      heir->count += oldest.count;
    }
  }
  events_.push_back({.trouble = trouble, .when = when, .count = count, .about = std::move(about)});
}

void KernelEventWindow::move_to(monitor::TimePoint now) {
  std::erase_if(events_, [&](const Event& event) { return now - event.when >= length_; });
}

std::uint64_t KernelEventWindow::count(KernelTrouble trouble) const {
  std::uint64_t sum = 0;
  for (const Event& event : events_) {
    sum += event.trouble == trouble ? event.count : 0;
  }
  return sum;
}

std::vector<std::string> KernelEventWindow::about(KernelTrouble trouble) const {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> names;
  for (auto event = events_.rbegin(); event != events_.rend() && names.size() < kMost; ++event) {
    if (event->trouble == trouble && !event->about.empty() &&
        std::ranges::find(names, event->about) == names.end()) {
      names.push_back(event->about);
    }
  }
  return names;
}

}  // namespace hale::checks
