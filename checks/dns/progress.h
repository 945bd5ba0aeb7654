// How far one question of a run has come. A run that asks several servers at once has one each, and
// only a run that asks one shows its phases as its own. Lives in the frame of whoever asks.
#pragma once

#include <string>
#include <utility>

#include "monitor/run_context.h"

namespace hale::checks::dns {

class Progress {
 public:
  Progress(monitor::RunContext& context, bool alone, std::string server)
      : context_(context), alone_(alone), server_(std::move(server)) {}

  monitor::RunContext& context() { return context_; }
  monitor::Clock& clock() { return context_.clock(); }
  bool alone() const { return alone_; }

  void enter(monitor::Phase phase) {
    phase_ = phase;
    if (alone_) {
      context_.enter(phase);
    }
  }
  monitor::Phase phase() const { return phase_; }

  bool verbose() const { return context_.verbose(); }
  void tell(const std::string& line) { context_.tell(alone_ ? line : server_ + ": " + line); }

 private:
  monitor::RunContext& context_;
  bool alone_;
  std::string server_;
  monitor::Phase phase_ = monitor::Phase::kNone;
};

}  // namespace hale::checks::dns
