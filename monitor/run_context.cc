#include "monitor/run_context.h"

#include <utility>

namespace hale::monitor {

RunContext::RunContext(Services& services, TimePoint started, TimePoint deadline)
    : services_(services), started_(started), deadline_(deadline), phase_since_(started) {}

RunContext::RunContext(const RunContext& whole, const std::string& name)
    : RunContext(whole.services_, whole.started_, whole.deadline_) {
  story_ = whole.story_;
  prefix_ = name + ": ";
}

void RunContext::enter(Phase phase) {
  const TimePoint now = services_.clock.now();
  close_phase(now);
  phase_ = phase;
  phase_since_ = now;
}

void RunContext::tell(std::string line) {
  if (story_ != nullptr) {
    story_->push_back({.since_start = services_.clock.now() - started_,
                       .phase = phase_,
                       .text = prefix_ + std::move(line)});
  }
}

std::vector<PhaseTime> RunContext::finish(TimePoint now) {
  close_phase(now);
  phase_since_ = now;
  return std::move(times_);
}

void RunContext::close_phase(TimePoint now) {
  if (phase_ == Phase::kNone) {
    return;
  }
  const Duration spent = now - phase_since_;
  for (PhaseTime& time : times_) {
    if (time.phase == phase_) {
      time.duration += spent;
      return;
    }
  }
  times_.push_back(PhaseTime{.phase = phase_, .duration = spent});
}

}  // namespace hale::monitor
