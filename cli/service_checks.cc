#include "cli/service_checks.h"

#include <utility>

#include "monitor/check.h"
#include "monitor/passive.h"

namespace hale::cli {

using monitor::IngestSource;
using monitor::Rejection;

ServiceChecks::ServiceChecks(const std::vector<monitor::ConfiguredCheck>& checks) {
  for (const monitor::ConfiguredCheck& check : checks) {
    if (const monitor::Passive* passive = check.check->passive()) {
      (passive->admits("") ? open_ : guarded_).insert(check.settings->name);
    }
  }
}

void ServiceChecks::report(ingest::ServiceCheck check, monitor::Control& control,
                           monitor::IngestCounters& counters) const {
  if (!open_.contains(check.name)) {
    return counters.reject(IngestSource::kStatsd, guarded_.contains(check.name)
                                                      ? Rejection::kForbidden
                                                      : Rejection::kUnknownCheck);
  }
  if (outstanding_->fetch_add(1) >= kMaxOutstanding) {
    outstanding_->fetch_sub(1);
    return counters.reject(IngestSource::kStatsd, Rejection::kOverloaded);
  }
  monitor::Report report;
  report.result = check.result;
  report.message = std::move(check.message);
  control.report(std::move(check.name), "", std::move(report),
                 [&counters, outstanding = outstanding_](const auto& reply) {
                   outstanding->fetch_sub(1);
                   if (reply) {
                     counters.take(IngestSource::kStatsd);
                   } else {  // the engine has too much to do, or stops
                     counters.reject(IngestSource::kStatsd, Rejection::kOverloaded);
                   }
                 });
}

}  // namespace hale::cli
