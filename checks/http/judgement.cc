#include "checks/http/judgement.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks::http {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;

class Judges {
 public:
  explicit Judges(monitor::Services& services)
      : pool_(services.executor, services.clock,
              {.name = "http", .workers = 2, .max_stuck = 2, .max_queued = 256}) {}

  monitor::BlockingPool& pool() { return pool_; }
  // Each body is a question of its own.
  std::string next_key() { return std::to_string(++serial_); }

 private:
  monitor::BlockingPool pool_;
  std::uint64_t serial_ = 0;
};

Outcome not_judged(PoolFailure failure) {
  const bool late = failure == PoolFailure::kTimeout || failure == PoolFailure::kFull;
  return Outcome::unknown(
      late ? Reason::kAgent : Reason::kInternal, Phase::kEvaluate,
      late ? "the agent had no time left to judge the body" : "the agent failed to judge the body");
}

}  // namespace

monitor::Task<Verdict> judge_body(monitor::RunContext& context,
                                  std::shared_ptr<const Settings> settings, std::string body,
                                  Verdict verdict) {
  if (!settings->expect.needs_body() || verdict.settled()) {
    co_return verdict;
  }
  if (body.size() <= kLargestOnLoop) {
    settings->expect.judge_body(body, settings->mask, verdict);
    co_return verdict;
  }
  auto& judges = context.services().shared<Judges>();
  std::function<Verdict()> work = [settings, body = std::move(body), verdict] {
    Verdict whole = verdict;
    settings->expect.judge_body(body, settings->mask, whole);
    return whole;
  };
  std::string key = judges.next_key();
  const monitor::TimePoint give_up = patience_ends(context);
  std::expected<Verdict, PoolFailure> judged =
      co_await judges.pool().call(std::move(key), give_up, std::move(work));
  if (judged) {
    co_return std::move(*judged);
  }
  if (judged.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  verdict.add("body", not_judged(judged.error()));
  co_return verdict;
}

}  // namespace hale::checks::http
