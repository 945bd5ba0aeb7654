#include "checks/http_check.h"

#include <expected>
#include <optional>
#include <utility>
#include <vector>

#include "checks/http/visit.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::MeasurementDescriptor;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Reason;
using monitor::Unit;

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  auto settings = http::read_settings(parameters);
  if (!settings) {
    return std::unexpected(std::move(settings.error()));
  }
  return std::make_unique<HttpCheck>(std::move(*settings));
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "http";
  type.summary = "What an HTTP server answers: status, headers, body, JSON values, certificate.";
  type.item_label = "address";
  type.keys = http::http_keys();
  type.measurements = {
      {.name = "status_code",
       .metric = "http_status_code",
       .unit = Unit::kNone,
       .help = "The status of the last answer."},
      {.name = "size",
       .metric = "http_size_bytes",
       .unit = Unit::kBytes,
       .help = "Size of the last answer's body, unpacked."},
      {.name = "redirects",
       .metric = "http_redirects",
       .unit = Unit::kNone,
       .help = "How many redirects were followed."},
      tls::expires_in_measurement(),
  };
  type.default_limits = tls::expires_in_limits();
  type.reasons = {Reason::kTimeout,     Reason::kDns,         Reason::kRefused,
                  Reason::kReset,       Reason::kUnreachable, Reason::kTls,
                  Reason::kCertificate, Reason::kProtocol,    Reason::kStatus,
                  Reason::kValidation,  Reason::kAuth,        Reason::kRateLimited,
                  Reason::kStuck,       Reason::kUnsupported, Reason::kPermission,
                  Reason::kAgent,       Reason::kInternal};
  type.example =
      "[checks.web]\n"
      "type = \"http\"\n"
      "critical = true\n"
      "url = \"https://example.org/health\"\n"
      "expect = { status = \"200\", json = { \"status\" = \"== 'up'\" } }\n"
      "warn = { duration = \"800ms\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& http_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

HttpCheck::HttpCheck(http::Settings settings)
    : settings_(std::make_shared<const http::Settings>(std::move(settings))) {}

monitor::Task<CheckResult> HttpCheck::run(monitor::RunContext& context) {
  return settings_->all_addresses ? http::visit_all(context, settings_)
                                  : http::visit(context, settings_);
}

}  // namespace hale::checks
