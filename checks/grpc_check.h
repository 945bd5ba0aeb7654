// Asks a gRPC server how one of its services is, by the standard health protocol
// (grpc.health.v1.Health/Check), over HTTP/2 by libcurl.
#pragma once

#include <memory>
#include <string>

#include "checks/http/addresses.h"
#include "checks/http/exchange.h"
#include "checks/mask.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& grpc_descriptor();

struct GrpcSettings {
  http::Request request;  // but the time that the server has
  http::ExchangeOptions options;
  http::Family family = http::Family::kAny;
  Mask mask;
  std::string service;
};

class GrpcCheck final : public monitor::Check {
 public:
  explicit GrpcCheck(GrpcSettings settings) : settings_(std::move(settings)) {}

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<http::Exchange> ask(http::Progress& progress) const;

  const GrpcSettings settings_;
};

}  // namespace hale::checks
