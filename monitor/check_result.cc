#include "monitor/check_result.h"

#include <array>

namespace hale::monitor {
namespace {

constexpr std::array<std::string_view, kResultCount> kResults = {"pass", "warn", "fail", "unknown"};

constexpr std::array<std::string_view, kReasonCount> kReasons = {
    "",      "timeout",      "dns",        "refused",    "reset",      "unreachable",
    "tls",   "certificate",  "protocol",   "status",     "validation", "threshold",
    "auth",  "rate_limited", "quota",      "overloaded", "missing",    "conflict",
    "stuck", "unsupported",  "permission", "agent",      "internal"};

constexpr std::array<std::string_view, kPhaseCount> kPhases = {
    "",         "resolve", "connect", "tls",   "send", "first_byte",
    "transfer", "auth",    "query",   "spawn", "run",  "evaluate"};

int badness(Result result) {
  constexpr std::array<int, kResultCount> kOrder = {0, 1, 3, 2};
  return kOrder[static_cast<std::size_t>(result)];
}

Outcome make(Result result, Reason reason, Phase phase, std::string message, std::string code) {
  Outcome outcome;
  outcome.result = result;
  outcome.reason = reason;
  outcome.phase = phase;
  outcome.code = std::move(code);
  outcome.message = std::move(message);
  return outcome;
}

}  // namespace

std::string_view to_string(Result result) {
  return kResults[static_cast<std::size_t>(result)];
}
std::string_view to_string(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}
std::string_view to_string(Phase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}

Result worst(Result a, Result b) {
  return badness(a) >= badness(b) ? a : b;
}

Outcome Outcome::pass(std::string message) {
  return make(Result::kPass, Reason::kNone, Phase::kNone, std::move(message), "");
}
Outcome Outcome::warn(Reason reason, Phase phase, std::string message, std::string code) {
  return make(Result::kWarn, reason, phase, std::move(message), std::move(code));
}
Outcome Outcome::fail(Reason reason, Phase phase, std::string message, std::string code) {
  return make(Result::kFail, reason, phase, std::move(message), std::move(code));
}
Outcome Outcome::unknown(Reason reason, Phase phase, std::string message, std::string code) {
  return make(Result::kUnknown, reason, phase, std::move(message), std::move(code));
}

}  // namespace hale::monitor
