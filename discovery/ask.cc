#include "discovery/ask.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/net/secure_port.h"
#include "checks/net/stream.h"
#include "checks/patience.h"
#include "discovery/recognise.h"
#include "monitor/check.h"
#include "monitor/runtime/first_of.h"

namespace hale::discovery {
namespace {

using monitor::CheckResult;
using monitor::KeyType;
using monitor::Parameters;
using monitor::Result;
using monitor::RunContext;
using monitor::Task;

// Whoever says nothing to so many questions is only connected to.
constexpr int kMostTimeouts = 2;

std::optional<double> measured(const CheckResult& result, std::string_view name) {
  const auto found = std::ranges::find(result.measurements, name, &monitor::Measurement::name);
  return found == result.measurements.end() ? std::nullopt : std::optional(found->value);
}

bool well(const CheckResult& result) {
  return result.outcome.result == Result::kPass || result.outcome.result == Result::kWarn;
}

// An answer that may mean that the wrong thing was asked: HTTP where TLS is spoken (400), a path
// that is not there. Taken only if nothing better comes.
bool is_weak(const Trial& trial, std::optional<int> status) {
  return is_http(trial) && status && (*status == 400 || *status == 404 || *status == 405);
}

bool is_secure(const Trial& trial) {
  return trial.type == "tls" || (is_http(trial) && trial.keys.text("url").starts_with("https://"));
}

// A name that the certificate is for and that can be asked for.
std::optional<std::string> usable_name(const std::vector<std::string>& names) {
  const auto usable = [](const std::string& name) {
    return !name.contains('*') && !checks::problem_with_host(name);
  };
  const auto found = std::ranges::find_if(names, usable);
  return found == names.end() ? std::nullopt : std::optional(*found);
}

// The same trial, so that the certificate is verified for that name.
Trial verified(Trial trial, const std::string& name, const std::string& host, std::uint16_t port) {
  if (!is_http(trial)) {
    Parameters options;
    options.set("server_name", name);
    trial.keys.set("tls", std::vector{std::move(options)});
    return trial;
  }
  const std::string url = trial.keys.text("url");
  const std::size_t path = url.find('/', std::string_view("https://").size());
  const std::string host_and_port = port == 443 ? name : checks::host_and_port(name, port);
  Parameters keys;
  for (const auto& [key, value] : trial.keys.all()) {
    if (key != "tls") {
      keys.set(key, value);
    }
  }
  keys.set("url", "https://" + host_and_port + url.substr(path));
  keys.set("connect_to", checks::host_and_port(host, port));
  trial.keys = std::move(keys);
  return trial;
}

// The names of the certificate that is shown there; none where the handshake fails.
Task<std::vector<std::string>> certificate_names(RunContext& context, std::string host,
                                                 std::uint16_t port) {
  checks::ByteStream stream(context);
  auto failure = co_await stream.open(host, port);
  if (!failure) {
    checks::tls::TlsOptions options;
    options.verify = false;
    failure = co_await stream.start_tls(options, host);
  }
  std::vector<std::string> names;
  if (!failure && !stream.chain().empty()) {
    names = stream.chain().front().names;
  }
  co_return names;
}

// What was answered is what will be expected: this status, or, of a server in trouble, any that is
// no trouble; any of the answers that are as good.
void settle(Trial& trial, std::optional<int> status) {
  if (trial.settled) {
    trial.keys = *trial.settled;
    trial.settled.reset();
  }
  if (is_http(trial) && status) {
    Parameters expect;
    expect.set("status", *status >= 500 ? std::string("200-499") : std::to_string(*status));
    trial.keys.set("expect", std::vector{std::move(expect)});
  }
}

void note(Answer& answer, const CheckResult& result, const Trial& trial, monitor::WallTime now) {
  answer.passed = trial;
  answer.refusal.clear();
  answer.status.reset();
  if (const auto status = measured(result, "status_code")) {
    answer.status = static_cast<int>(*status);
  }
  if (const auto left = measured(result, "certificate_expires_in")) {
    // To the minute: what is measured is the time left, and the look takes its time.
    const auto until = now.time_since_epoch() + std::chrono::duration<double>(*left);
    answer.certificate_until = monitor::WallTime(std::chrono::round<std::chrono::minutes>(until));
  }
}

// Whether what passed does so with its certificate verified.
Task<> verify(RunContext& context, const monitor::CheckRegistry& registry, Trial passed,
              Answer& answer, std::string host, std::uint16_t port) {
  const monitor::TimePoint started = context.clock().now();
  RunContext look(context.services(), started,
                  std::min(started + kTrialPatience, context.deadline()));
  Task<std::vector<std::string>> task = certificate_names(look, host, port);
  auto names = co_await monitor::with_deadline(context.executor(), context.clock(), look.deadline(),
                                               std::move(task));
  answer.names = names ? std::move(*names) : std::vector<std::string>();
  const auto name = usable_name(answer.names);
  if (!name) {
    co_return;
  }
  Trial better = verified(std::move(passed), *name, host, port);
  const auto result = co_await run_trial(context, registry, better);
  if (result && well(*result)) {
    note(answer, *result, better, context.clock().wall_now());
    answer.trusted = true;
  }
}

}  // namespace

Parameters complete(const std::vector<monitor::KeyDescriptor>& keys, const Parameters& set) {
  Parameters parameters;
  for (const monitor::KeyDescriptor& key : keys) {
    const std::string name(key.name);
    const monitor::ParameterValue* value = set.find(key.name);
    const bool tables = key.type == KeyType::kTable || key.type == KeyType::kTableList;
    if (value != nullptr && tables) {
      std::vector<Parameters> completed;
      for (const Parameters& inner : set.tables(key.name)) {
        completed.push_back(complete(key.keys, inner));
      }
      parameters.set(name, std::move(completed));
    } else if (value != nullptr) {
      parameters.set(name, *value);
    } else if (key.default_value) {
      parameters.set(name, *key.default_value);
    } else if (key.type == KeyType::kTable &&
               std::ranges::none_of(key.keys, &monitor::KeyDescriptor::required)) {
      parameters.set(name, std::vector{complete(key.keys, Parameters())});
    }
  }
  return parameters;
}

Task<std::optional<CheckResult>> run_trial(RunContext& context,
                                           const monitor::CheckRegistry& registry, Trial trial) {
  const monitor::CheckDescriptor* type = registry.find(trial.type);
  if (type == nullptr) {
    co_return std::nullopt;
  }
  auto check = type->make(complete(type->keys, trial.keys));
  if (!check) {
    co_return std::nullopt;
  }
  const monitor::TimePoint started = context.clock().now();
  RunContext run(context.services(), started,
                 std::min(started + kTrialPatience, context.deadline()));
  try {
    Task<CheckResult> task = (*check)->run(run);
    auto result = co_await monitor::with_deadline(context.executor(), context.clock(),
                                                  run.deadline(), std::move(task));
    co_return result;
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) {
      throw;
    }
  } catch (const std::exception&) {
    // The engine calls this `internal`. Here it is an answer that did not come.
  }
  co_return std::nullopt;
}

Task<Answer> ask(RunContext& context, const monitor::CheckRegistry& registry,
                 std::vector<Trial> trials, std::string host, std::uint16_t port) {
  Answer answer;
  std::optional<Answer> weak;
  int timeouts = 0;
  for (const Trial& trial : trials) {
    const bool last = &trial == &trials.back();
    if (weak && !is_http(trial)) {
      break;
    }
    if (timeouts >= kMostTimeouts && !last) {
      continue;
    }
    if (context.clock().now() >= checks::patience_ends(context)) {
      co_return weak ? *weak : Answer();  // our time is over, and that says nothing about it
    }
    answer.asked = true;
    const auto result = co_await run_trial(context, registry, trial);
    if (!result || !well(*result)) {
      const monitor::Reason reason = result ? result->outcome.reason : monitor::Reason::kTimeout;
      answer.refusal = monitor::to_string(reason);
      timeouts += reason == monitor::Reason::kTimeout ? 1 : 0;
      continue;
    }
    note(answer, *result, trial, context.clock().wall_now());
    if (!is_weak(trial, answer.status)) {
      weak.reset();
      break;
    }
    if (!weak) {
      weak = answer;
    }
    answer.passed.reset();
  }
  if (weak) {
    answer = std::move(*weak);
  }
  if (answer.passed && is_secure(*answer.passed)) {
    Trial passed = *answer.passed;
    co_await verify(context, registry, std::move(passed), answer, std::move(host), port);
  }
  if (answer.passed) {
    settle(*answer.passed, answer.status);
  }
  co_return answer;
}

}  // namespace hale::discovery
