// Where a run says how far it is. Checks that look at several addresses at once have one of these
// for each; then the run's own phase stays as it is, since it can be in one phase only.
#pragma once

#include <string>
#include <utility>

#include "checks/mask.h"
#include "monitor/run_context.h"

namespace hale::checks::http {

class Progress {
 public:
  // Lines of the story begin with `prefix`. Context and mask outlive it.
  Progress(monitor::RunContext& context, const Mask& mask, bool alone, std::string prefix = "")
      : context_(context), mask_(mask), alone_(alone), prefix_(std::move(prefix)) {}

  monitor::RunContext& context() { return context_; }
  const Mask& mask() const { return mask_; }

  void enter(monitor::Phase phase) {
    phase_ = phase;
    if (alone_) {
      context_.enter(phase);
    }
  }
  monitor::Phase phase() const { return phase_; }

  void set_peer(std::string peer) {
    if (alone_) {
      context_.set_peer(std::move(peer));
    }
  }

  bool verbose() const { return context_.verbose(); }
  void tell(const std::string& line) {
    if (verbose()) {
      context_.tell(prefix_ + mask_.apply(line));
    }
  }

 private:
  monitor::RunContext& context_;
  const Mask& mask_;
  bool alone_;
  std::string prefix_;
  monitor::Phase phase_ = monitor::Phase::kNone;
};

}  // namespace hale::checks::http
