#include "checks/process/reaper.h"

#include <list>
#include <utility>

#include <asio/posix/basic_stream_descriptor.hpp>
#include <fcntl.h>

namespace hale::checks {

struct Reaper::State {
  explicit State(monitor::Executor loop) : executor(loop) {}

  struct Orphan {
    Orphan(monitor::Executor loop, int pidfd, Child adopted)
        : ended(loop, pidfd), child(std::move(adopted)) {}
    asio::posix::basic_stream_descriptor<monitor::Executor> ended;
    Child child;
  };

  monitor::Executor executor;
  std::list<Orphan> orphans;
};

Reaper::Reaper(monitor::Services& services) : state_(std::make_shared<State>(services.executor)) {}
Reaper::~Reaper() = default;

void Reaper::adopt(Child child) {
  if (child.reap()) {
    return;
  }
  const int pidfd = ::fcntl(child.pidfd(), F_DUPFD_CLOEXEC, 3);
  if (pidfd < 0) {
    return;  // its destructor does what can be done
  }
  const auto orphan =
      state_->orphans.emplace(state_->orphans.end(), state_->executor, pidfd, std::move(child));
  orphan->ended.async_wait(asio::posix::descriptor_base::wait_read,
                           [weak = std::weak_ptr(state_), orphan](const asio::error_code& error) {
                             const std::shared_ptr<State> state = weak.lock();
                             if (state && !error) {
                               state->orphans.erase(orphan);  // the child's destructor reaps it
                             }
                           });
}

std::size_t Reaper::waiting() const {
  return state_->orphans.size();
}

}  // namespace hale::checks
