#include "tests/bench/check_engine.h"

#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/ip/address_v4.hpp>

#include "checks/tcp_check.h"
#include "monitor/assert.h"

namespace hale::bench {
namespace {

using monitor::CheckResult;
using monitor::RunContext;
using monitor::Task;

class CountedCheck final : public monitor::Check {
 public:
  CountedCheck(std::unique_ptr<monitor::Check> check, std::uint64_t& started)
      : check_(std::move(check)), started_(started) {}
  std::string target() const override { return check_->target(); }
  Task<CheckResult> run(RunContext& context) override {
    ++started_;
    return check_->run(context);
  }

 private:
  std::unique_ptr<monitor::Check> check_;
  std::uint64_t& started_;
};

monitor::EngineOptions engine_options() {
  monitor::EngineOptions options;
  options.agent.name = "bench";
  options.agent.version = "0.0.0";
  return options;
}

}  // namespace

std::shared_ptr<monitor::CheckSettings> settings_of(std::string name,
                                                    const monitor::CheckDescriptor& type,
                                                    const Targets& targets) {
  auto settings = std::make_shared<monitor::CheckSettings>();
  settings->name = std::move(name);
  settings->type = &type;
  settings->interval = targets.interval;
  settings->interval_unhealthy = targets.interval;
  settings->timeout = targets.timeout;
  settings->stale_after = 3 * targets.interval + targets.timeout;
  settings->fall = {.count = 3, .of = 3};
  settings->rise = {.count = 2, .of = 2};
  settings->max_unknown = 3;
  return settings;
}

std::shared_ptr<monitor::CheckSettings> tcp_settings(std::string name, const Targets& targets) {
  return settings_of(std::move(name), checks::tcp_descriptor(), targets);
}

CheckEngine::CheckEngine()
    : resolver_(loop_.get_executor(), clock_, {.name = "resolver"}),
      files_(loop_.get_executor(), clock_, {.name = "files"}),
      services_{.executor = loop_.get_executor(),
                .clock = clock_,
                .random = random_,
                .resolver = resolver_,
                .files = files_},
      engine_(services_, board_, engine_options()) {}

CheckEngine::~CheckEngine() {
  const auto work = asio::make_work_guard(loop_);
  loop_.restart();
  engine_.stop([this] { loop_.stop(); });
  loop_.run();
}

void CheckEngine::add(std::shared_ptr<monitor::CheckSettings> settings,
                      std::unique_ptr<monitor::Check> check) {
  monitor::ConfiguredCheck configured;
  configured.check = std::make_unique<CountedCheck>(std::move(check), started_);
  settings->target = configured.check->target();
  configured.settings = std::move(settings);
  engine_.add(std::move(configured));
}

void CheckEngine::add_tcp_checks(const Targets& targets) {
  for (std::size_t i = 0; i < targets.checks; ++i) {
    add(tcp_settings("tcp-" + std::to_string(i), targets),
        std::make_unique<checks::TcpCheck>(host_of(i), targets.port_of(i)));
  }
}

void CheckEngine::run_for(monitor::Duration duration) {
  const auto end = clock_.make_alarm([this] { loop_.stop(); });
  end->arm(clock_.now() + duration);
  loop_.restart();
  loop_.run();
}

std::unique_ptr<monitor::Check> make_check(const monitor::CheckDescriptor& type,
                                           const monitor::Parameters& parameters) {
  auto check = type.make(parameters);
  HALE_ASSERT(check.has_value());
  return std::move(*check);
}

std::string host_of(std::size_t check) {
  return asio::ip::address_v4(Targets::address_of(check)).to_string();
}

}  // namespace hale::bench
