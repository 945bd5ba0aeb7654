#include "checks/grpc/health_answer.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "checks/excerpt.h"
#include "checks/grpc/health_message.h"

namespace hale::checks::grpc {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

// The codes of gRPC's doc/statuscodes.md that mean something of their own here.
constexpr int kDeadlineExceeded = 4;
constexpr int kNotFound = 5;
constexpr int kPermissionDenied = 7;
constexpr int kResourceExhausted = 8;
constexpr int kUnimplemented = 12;
constexpr int kUnauthenticated = 16;

Outcome fail(Reason reason, std::string message, std::string code) {
  return Outcome::fail(reason, Phase::kEvaluate, std::move(message), std::move(code));
}

// It stands in the trailers, or, where there was no message at all, in the head.
std::string_view field(const http::Answer& answer, std::string_view name) {
  const std::string_view trailer = http::find_header(answer.trailers, name);
  return trailer.empty() ? http::find_header(answer.headers, name) : trailer;
}

std::optional<int> status_of(const http::Answer& answer) {
  const std::string_view text = field(answer, "grpc-status");
  int status = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), status);
  return error == std::errc() && end == text.end() ? std::optional(status) : std::nullopt;
}

Outcome no_grpc(const http::Answer& answer) {
  const std::string code = std::to_string(answer.status);
  const bool refused = answer.status == 401 || answer.status == 403;
  return fail(refused ? Reason::kAuth : Reason::kProtocol,
              "the server does not answer with gRPC but with " + http::status_text(answer), code);
}

std::string named(const std::string& service) {
  return service.empty() ? "the server" : "service " + in_quotes(service);
}

Outcome refused(int status, const http::Answer& answer, const std::string& service) {
  const std::string code = code_name(status);
  const std::string said = decode_message(field(answer, "grpc-message"));
  const std::string tail = " (" + code + (said.empty() ? "" : ": " + escaped(said, 200)) + ")";
  switch (status) {
    case kNotFound:
      return fail(Reason::kMissing, "the server knows no " + named(service) + tail, code);
    case kUnimplemented:
      return Outcome::unknown(Reason::kUnsupported, Phase::kEvaluate,
                              "the server has no gRPC health checks" + tail, code);
    case kPermissionDenied:
    case kUnauthenticated:
      return fail(Reason::kAuth, "the server refuses to tell" + tail, code);
    case kResourceExhausted:
      return fail(Reason::kOverloaded, "the server has too much to do" + tail, code);
    case kDeadlineExceeded:
      return fail(Reason::kTimeout, "the server had no time to answer" + tail, code);
    default:
      return fail(Reason::kStatus, "the server answered with an error" + tail, code);
  }
}

}  // namespace

Outcome judge(const http::Answer& answer, const std::string& service) {
  const std::string_view type = http::find_header(answer.headers, "content-type");
  if (answer.status != 200 || !type.starts_with("application/grpc")) {
    return no_grpc(answer);
  }
  const auto status = status_of(answer);
  if (!status) {
    return fail(Reason::kProtocol, "the answer has no grpc-status", "");
  }
  if (*status != 0) {
    return refused(*status, answer, service);
  }
  const auto serving = decode_response(answer.body);
  if (!serving) {
    return fail(Reason::kProtocol, "the answer" + serving.error(), "");
  }
  switch (*serving) {
    case Serving::kServing:
      return Outcome::pass(named(service) + " is serving");
    case Serving::kNotServing:
      return fail(Reason::kStatus, named(service) + " is not serving", "NOT_SERVING");
    case Serving::kNoService:
      return fail(Reason::kMissing, "the server knows no " + named(service), "SERVICE_UNKNOWN");
    case Serving::kUnknown:
      break;
  }
  return fail(Reason::kStatus, named(service) + " does not know how it is", "UNKNOWN");
}

}  // namespace hale::checks::grpc
