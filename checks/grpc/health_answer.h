// What a server's answer to a health check of gRPC means for a check. Pure.
#pragma once

#include <string>

#include "checks/http/answer.h"
#include "monitor/check_result.h"

namespace hale::checks::grpc {

// `answer` is whole. Told apart: the service is well; it is not; the server does not know it; the
// server has no health checks; it refuses us; it had no time; it does not speak gRPC.
monitor::Outcome judge(const http::Answer& answer, const std::string& service);

}  // namespace hale::checks::grpc
