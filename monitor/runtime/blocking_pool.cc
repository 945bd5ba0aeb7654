#include "monitor/runtime/blocking_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <vector>

#include <asio/post.hpp>

namespace hale::monitor {
namespace {

constexpr Duration kTooLong = std::chrono::milliseconds(50);  // for nothing to come back

}  // namespace

struct BlockingPool::Call::Waiting {
  enum class State { kQueued, kRunning, kStuck, kDone };
  std::string key;
  State state = State::kQueued;
  std::vector<WaitPoint*> waiters;
  bool refused = false;  // taken out of the queue: it will never run
};

BlockingPool::Call::Call() = default;
BlockingPool::Call::~Call() = default;

// Two halves: what the loop knows (calls by key, who waits), and what it shares with the threads
// under a mutex (the queue and the head count). Threads that are left behind hold on to the shared
// half only, and find it closed.
class BlockingPool::Core : public std::enable_shared_from_this<Core> {
 public:
  using State = Call::Waiting::State;

  Core(Executor loop, Clock& clock, Options options)
      : loop_(loop), clock_(clock), options_(std::move(options)) {}

  std::shared_ptr<Call> find(const std::string& key) const {
    const auto found = calls_.find(key);
    return found == calls_.end() ? nullptr : found->second;
  }

  bool submit(const std::string& key, std::shared_ptr<Call> call) {
    call->waiting = std::make_unique<Call::Waiting>();
    call->waiting->key = key;
    const std::lock_guard lock(shared_->mutex);
    allow_threads();
    const auto idle = static_cast<int>(shared_->idle.size());
    const bool has_to_wait = shared_->alive - idle >= shared_->allowed;
    if (static_cast<int>(shared_->queue.size()) >= options_.max_queued || !ensure_thread()) {
      ++rejected_;
      return false;
    }
    shared_->queue.push_back(call);
    shared_->wake_one();
    calls_.emplace(key, std::move(call));
    if (has_to_wait) {
      watch_queue();
    }
    return true;
  }

  Task<std::optional<PoolFailure>> wait(std::shared_ptr<Call> call, TimePoint deadline) {
    if (call->waiting->state == State::kStuck) {
      co_return PoolFailure::kStuck;
    }
    WaitPoint point(loop_, clock_);
    call->waiting->waiters.push_back(&point);
    const WaitPoint::Ended ended = co_await point.wait_until(deadline);
    std::erase(call->waiting->waiters, &point);
    if (ended == WaitPoint::Ended::kWoken) {
      if (call->waiting->refused) {
        co_return PoolFailure::kFull;
      }
      co_return std::nullopt;
    }
    if (ended == WaitPoint::Ended::kCancelled && clock_.now() < deadline) {
      co_return PoolFailure::kCancelled;
    }
    co_return give_up(call);
  }

  PoolStats stats() const {
    PoolStats stats;
    stats.name = options_.name;
    stats.capacity = static_cast<std::uint64_t>(options_.workers);
    stats.stuck = static_cast<std::uint64_t>(stuck_);
    stats.rejected = rejected_;
    stats.abandoned = abandoned_;
    const std::lock_guard lock(shared_->mutex);
    stats.queued = shared_->queue.size();
    stats.running = calls_.size() - std::min(calls_.size(), stats.queued + stats.stuck);
    return stats;
  }

  void close() {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    shared_->queue.clear();
    while (!shared_->idle.empty()) {
      shared_->wake_one();
    }
  }

 private:
  // A thread without work, on its own stack.
  struct Idle {
    std::condition_variable wake;
    bool woken = false;
  };

  struct Shared {
    // With the mutex held. The last one that fell idle, so that the others can grow old and leave.
    void wake_one() {
      if (!idle.empty()) {
        idle.back()->woken = true;
        idle.back()->wake.notify_one();
        idle.pop_back();
      }
    }
    // With the mutex held. False: nobody had work for as long as `patience`.
    bool rest(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience) {
      Idle self;
      idle.push_back(&self);
      self.wake.wait_for(lock, patience, [&self] { return self.woken; });
      if (!self.woken) {
        std::erase(idle, &self);
      }
      return self.woken;
    }

    std::mutex mutex;
    std::deque<std::shared_ptr<Call>> queue;
    std::vector<Idle*> idle;
    int alive = 0;
    int allowed = 0;  // threads there may be: workers and the replacements of slow and stuck ones
    bool closed = false;
  };

  // The caller at its deadline: what became of the call?
  PoolFailure give_up(const std::shared_ptr<Call>& call) {
    Call::Waiting& waiting = *call->waiting;
    if (waiting.state == State::kDone) {
      return PoolFailure::kTimeout;  // it came back in the same instant: too late is too late
    }
    if (waiting.state == State::kQueued && unqueue(call)) {
      ++rejected_;
      // Others may wait for the same call with later deadlines, but it will never run.
      waiting.refused = true;
      finish(waiting);
      return PoolFailure::kFull;
    }
    if (waiting.state != State::kStuck) {
      waiting.state = State::kStuck;
      ++stuck_;
      ++abandoned_;
      relief_ = std::max(0, relief_ - 1);  // it was slow before, if anybody had to make room
      const std::lock_guard lock(shared_->mutex);
      allow_threads();
      if (!shared_->queue.empty()) {
        ensure_thread();
      }
    }
    return PoolFailure::kTimeout;
  }

  bool unqueue(const std::shared_ptr<Call>& call) {
    const std::lock_guard lock(shared_->mutex);
    const auto found = std::find(shared_->queue.begin(), shared_->queue.end(), call);
    if (found == shared_->queue.end()) {
      return false;  // a thread has taken it
    }
    shared_->queue.erase(found);
    return true;
  }

  void on_done(const std::shared_ptr<Call>& call) {
    Call::Waiting& waiting = *call->waiting;
    ++done_;
    const bool was_stuck = waiting.state == State::kStuck;
    stuck_ -= was_stuck ? 1 : 0;
    if (was_stuck || relief_ > 0) {
      const std::lock_guard lock(shared_->mutex);
      const int busy = shared_->alive - static_cast<int>(shared_->idle.size());
      relief_ = std::clamp(busy - stuck_, 0, relief_);
      allow_threads();
    }
    finish(waiting);
  }

  // Has a look in a while whether what is queued now still is.
  void watch_queue() {
    if (watching_ || stuck_ + relief_ >= options_.max_stuck) {
      return;
    }
    if (!alarm_) {
      alarm_ = clock_.make_alarm([this] { relieve(); });
    }
    watching_ = true;
    done_when_watched_ = done_;
    alarm_->arm(clock_.now() + kTooLong);
  }

  void relieve() {
    watching_ = false;
    const std::lock_guard lock(shared_->mutex);
    const auto queued = static_cast<int>(shared_->queue.size());
    if (queued == 0) {
      return;
    }
    if (done_ == done_when_watched_) {
      relief_ = std::clamp(options_.max_stuck - stuck_, 0, relief_ + queued);
      for (int i = 0; i < queued; ++i) {
        ensure_thread();
      }
    }
    watch_queue();
  }

  void finish(Call::Waiting& waiting) {
    waiting.state = State::kDone;
    calls_.erase(waiting.key);
    for (WaitPoint* waiter : waiting.waiters) {
      waiter->wake();
    }
  }

  // Both with the mutex held.
  void allow_threads() {
    shared_->allowed = options_.workers + std::min(stuck_ + relief_, options_.max_stuck);
  }
  bool ensure_thread() {
    allow_threads();
    if (!shared_->idle.empty() || shared_->alive >= shared_->allowed) {
      return shared_->alive > 0;
    }
    try {
      // Never joined: that could hang on a thread that is stuck in the kernel. What a thread
      // touches after close() is the shared half, which it owns together with the others.
      std::thread(&Core::work, shared_, weak_from_this(), loop_, options_.idle).detach();
      ++shared_->alive;
    } catch (const std::system_error&) {
      return shared_->alive > 0;  // no thread to be had: the ones that are there must do
    }
    return true;
  }

  static void work(std::shared_ptr<Shared> shared, std::weak_ptr<Core> core, Executor loop,
                   std::chrono::milliseconds patience) {
    std::unique_lock lock(shared->mutex);
    while (!shared->closed && shared->alive <= shared->allowed) {
      if (shared->queue.empty()) {
        if (!shared->rest(lock, patience)) {
          break;
        }
        continue;
      }
      const std::shared_ptr<Call> call = std::move(shared->queue.front());
      shared->queue.pop_front();
      lock.unlock();
      call->run();
      lock.lock();
      // Under the mutex, so that the loop cannot be destroyed between the look and the post.
      if (!shared->closed) {
        asio::post(loop, [core, call] {
          if (const std::shared_ptr<Core> alive = core.lock()) {
            alive->on_done(call);
          }
        });
      }
    }
    --shared->alive;
    // A thread that leaves because it is one too many may have been the one woken for a call.
    if (!shared->queue.empty()) {
      shared->wake_one();
    }
  }

  Executor loop_;
  Clock& clock_;
  Options options_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::unordered_map<std::string, std::shared_ptr<Call>> calls_;  // queued, running or stuck
  int stuck_ = 0;
  int relief_ = 0;  // threads beyond the workers because of calls that are slow, not stuck yet
  bool watching_ = false;
  std::unique_ptr<Alarm> alarm_;  // made when first needed
  std::uint64_t done_ = 0;
  std::uint64_t done_when_watched_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t abandoned_ = 0;
};

BlockingPool::BlockingPool(Executor loop, Clock& clock, Options options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {}

BlockingPool::~BlockingPool() {
  core_->close();
}

std::shared_ptr<BlockingPool::Call> BlockingPool::find(const std::string& key) const {
  return core_->find(key);
}

bool BlockingPool::submit(const std::string& key, std::shared_ptr<Call> call) {
  return core_->submit(key, std::move(call));
}

Task<std::optional<PoolFailure>> BlockingPool::wait(std::shared_ptr<Call> call,
                                                    TimePoint deadline) {
  return core_->wait(std::move(call), deadline);
}

PoolStats BlockingPool::stats() const {
  return core_->stats();
}

}  // namespace hale::monitor
