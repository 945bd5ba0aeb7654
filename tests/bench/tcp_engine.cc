#include "tests/bench/tcp_engine.h"

#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/ip/address_v4.hpp>

#include "checks/tcp_check.h"

namespace hale::bench {
namespace {

using monitor::CheckResult;
using monitor::RunContext;
using monitor::Task;

// The TCP check, its runs counted as they start: the board tells of them only when it is published.
class CountedCheck final : public monitor::Check {
 public:
  CountedCheck(std::string host, std::uint16_t port, std::uint64_t& started)
      : check_(std::move(host), port), started_(started) {}
  std::string target() const override { return check_.target(); }
  Task<CheckResult> run(RunContext& context) override {
    ++started_;
    return check_.run(context);
  }

 private:
  checks::TcpCheck check_;
  std::uint64_t& started_;
};

monitor::EngineOptions engine_options() {
  monitor::EngineOptions options;
  options.agent.name = "bench";
  options.agent.version = "0.0.0";
  return options;
}

}  // namespace

std::shared_ptr<monitor::CheckSettings> tcp_settings(std::string name, const TcpTargets& targets) {
  auto settings = std::make_shared<monitor::CheckSettings>();
  settings->name = std::move(name);
  settings->type = &checks::tcp_descriptor();
  settings->interval = targets.interval;
  settings->interval_unhealthy = targets.interval;
  settings->timeout = targets.timeout;
  settings->stale_after = 3 * targets.interval + targets.timeout;
  settings->fall = {.count = 3, .of = 3};
  settings->rise = {.count = 2, .of = 2};
  settings->max_unknown = 3;
  return settings;
}

TcpEngine::TcpEngine(const TcpTargets& targets)
    : resolver_(loop_.get_executor(), clock_, {.name = "resolver"}),
      files_(loop_.get_executor(), clock_, {.name = "files"}),
      services_{.executor = loop_.get_executor(),
                .clock = clock_,
                .random = random_,
                .resolver = resolver_,
                .files = files_},
      engine_(services_, board_, engine_options()) {
  for (std::size_t i = 0; i < targets.checks; ++i) {
    const std::string host = asio::ip::address_v4(TcpTargets::address_of(i)).to_string();
    auto settings = tcp_settings("tcp-" + std::to_string(i), targets);
    monitor::ConfiguredCheck check;
    check.check = std::make_unique<CountedCheck>(host, targets.port_of(i), started_);
    settings->target = check.check->target();
    check.settings = std::move(settings);
    engine_.add(std::move(check));
  }
}

TcpEngine::~TcpEngine() {
  const auto work = asio::make_work_guard(loop_);
  loop_.restart();
  engine_.stop([this] { loop_.stop(); });
  loop_.run();
}

void TcpEngine::run_for(monitor::Duration duration) {
  const auto end = clock_.make_alarm([this] { loop_.stop(); });
  end->arm(clock_.now() + duration);
  loop_.restart();
  loop_.run();
}

}  // namespace hale::bench
