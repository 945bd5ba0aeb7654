// Passive checks: what is reported to them, and what does not come.
#include <algorithm>
#include <utility>

#include "monitor/schedule/engine.h"

namespace hale::monitor {

void Engine::report(const std::string& name, std::string_view token, Report report,
                    ReplyHandler reply) {
  CheckId check = 0;
  Entry* entry = find(name, check, reply);
  if (entry == nullptr) {
    return;
  }
  CommandError error;
  if (entry->passive == nullptr) {
    error.kind = CommandErrorKind::kNotAwaited;
    error.message = "\"" + name + "\" is run, not reported to";
    return reply(std::unexpected(std::move(error)));
  }
  if (!entry->passive->admits(token)) {
    error.kind = CommandErrorKind::kForbidden;
    error.message = token.empty() ? "reports to \"" + name + "\" need its token"
                                  : "the token is not that of \"" + name + "\"";
    return reply(std::unexpected(std::move(error)));
  }
  const TimePoint now = clock_.now();
  const Moment at = moment(now);
  if (std::optional<PassiveRun> run = entry->passive->report(std::move(report), at)) {
    apply_report(check, std::move(*run), now);
  }
  remember_report(check);
  if (entry->awaits_report) {
    await_next_report(check, at);
  }
  touch(check);
  reported_.emplace_back(check, std::move(reply));
  if (now >= next_publish_) {
    publish(now);
  }
  arm();
}

void Engine::await_reports(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  const Moment at = moment(now);
  entry.passive->begin(at, entry.record.settings());
  entry.awaits_report = true;
  await_next_report(check, at);
}

void Engine::await_next_report(CheckId check, const Moment& now) {
  Entry& entry = entries_[check];
  TimePoint time = entry.passive->expected(now).time;
  if (!entry.passive->keeps_interval()) {
    time = std::min(time, now.time + kCalendarLook);
  }
  entry.report_serial = next_serial_++;
  appoint(time, Appointment::Kind::kReport, check, entry.report_serial);
}

void Engine::look_for_report(CheckId check, TimePoint now) {
  if (stopping_) {
    return;
  }
  const Moment at = moment(now);
  if (std::optional<PassiveRun> run = entries_[check].passive->overdue(at)) {
    apply_report(check, std::move(*run), now);
    remember_report(check);
  }
  await_next_report(check, at);
}

void Engine::apply_report(CheckId check, PassiveRun run, TimePoint now) {
  CompletedRun completed;
  completed.time = run.started;
  completed.ended = now;
  completed.duration = run.duration;
  completed.result = std::move(run.result);
  apply(check, std::move(completed), now);
}

void Engine::answer_reports() {
  for (auto& [check, reply] : std::exchange(reported_, {})) {
    CommandReply answer;
    answer.check = entries_[check].view;
    reply(std::move(answer));
  }
}

}  // namespace hale::monitor
