// A bounded pool of threads for calls that may block without end: getaddrinfo, statvfs on a dead
// mount, vendor libraries. The loop waits for a call, but never longer than the caller's deadline.
//
// A call that is still running at its deadline is abandoned: it keeps its thread, counts as stuck
// until it comes back, and until then no second call is made on the same key. A fresh thread takes
// the stuck one's place, up to `max_stuck` of them. Callers of a key that is being called already
// wait for that call and share its value. Threads start as calls need them and leave when they have
// been idle for a while.
//
// Calls that hang do not keep others waiting until their deadlines: where calls are queued and none
// at all has come back for 50 ms, what is running counts as if it were stuck, and what is queued
// gets fresh threads, within the same bound. While some come back, the others wait for those.
// Example: 4 workers hang in a dead mount at 0 ms, a fifth call comes at 10 ms; at 60 ms it has a
// thread.
//
// Used on the loop's thread only, and destroyed there, before the loop. Work runs on the pool's
// threads and must own what it touches. At destruction, threads that are stuck are left behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "monitor/assert.h"
#include "monitor/board.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::monitor {

enum class PoolFailure : std::uint8_t {
  kTimeout,    // the call ran into the deadline and is stuck now
  kStuck,      // an earlier call on the same key still hangs
  kFull,       // no thread became free before the deadline, or the queue is full
  kCancelled,  // the caller was cancelled; the call goes on
  kFailed,     // the work threw
};

class BlockingPool {
 public:
  struct Options {
    std::string name;
    int workers = 4;
    int max_stuck = 64;
    int max_queued = 4096;
    std::chrono::milliseconds idle = std::chrono::seconds(10);  // then a thread leaves
  };

  BlockingPool(Executor loop, Clock& clock, Options options);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Calls `work` on a thread of the pool. A key always stands for the same T; T is copyable.
  template <class T>
  Task<std::expected<T, PoolFailure>> call(std::string key, TimePoint deadline,
                                           std::function<T()> work);

  PoolStats stats() const;

 private:
  // One call, from submission until the work is done. Its callers and the pool share it.
  class Call {
   public:
    Call();  // both where Waiting is complete
    virtual ~Call();
    virtual void run() = 0;  // on a pool thread; does not throw
    struct Waiting;
    std::unique_ptr<Waiting> waiting;  // loop thread
  };
  template <class T>
  class TypedCall final : public Call {
   public:
    explicit TypedCall(std::function<T()> work) : work_(std::move(work)) {}
    void run() override {
      try {
        value = work_();
      } catch (...) {
        value.reset();  // seen by the callers as kFailed
      }
    }
    std::optional<T> value;

   private:
    std::function<T()> work_;
  };
  class Core;

  std::shared_ptr<Call> find(const std::string& key) const;
  bool submit(const std::string& key, std::shared_ptr<Call> call);
  Task<std::optional<PoolFailure>> wait(std::shared_ptr<Call> call, TimePoint deadline);

  std::shared_ptr<Core> core_;
};

template <class T>
Task<std::expected<T, PoolFailure>> BlockingPool::call(std::string key, TimePoint deadline,
                                                       std::function<T()> work) {
  std::shared_ptr<Call> call = find(key);
  if (!call) {
    call = std::make_shared<TypedCall<T>>(std::move(work));
    if (!submit(key, call)) {
      co_return std::unexpected(PoolFailure::kFull);
    }
  }
  const std::optional<PoolFailure> failure = co_await wait(call, deadline);
  if (failure) {
    co_return std::unexpected(*failure);
  }
  const auto* typed = dynamic_cast<const TypedCall<T>*>(call.get());
  HALE_ASSERT(typed != nullptr);
  if (!typed->value) {
    co_return std::unexpected(PoolFailure::kFailed);
  }
  co_return *typed->value;
}

}  // namespace hale::monitor
