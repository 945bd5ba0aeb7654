// The two messages of the gRPC health checking protocol (grpc.health.v1, doc/health-checking.md of
// the gRPC project), encoded as Protocol Buffers within gRPC's framing (doc/PROTOCOL-HTTP2.md).
// Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hale::checks::grpc {

// grpc.health.v1.HealthCheckResponse.ServingStatus
enum class Serving : std::uint8_t { kUnknown = 0, kServing = 1, kNotServing = 2, kNoService = 3 };

// HealthCheckRequest{service} as one frame.
std::string encode_request(std::string_view service);

// The HealthCheckResponse in a body of exactly one frame. An error continues "the answer": " is cut
// short".
std::expected<Serving, std::string> decode_response(std::string_view body);

// grpc-message is percent-encoded; what is no valid escape stays as it is.
std::string decode_message(std::string_view text);

// "NOT_FOUND"; "17" for a code that the protocol does not know.
std::string code_name(int code);

// grpc-timeout of this many milliseconds, "1500m"; at most eight digits.
std::string timeout_text(std::int64_t milliseconds);

}  // namespace hale::checks::grpc
