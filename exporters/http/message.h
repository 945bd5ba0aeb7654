// An HTTP request and its answer, as far as the API cares: what stands between its handlers and the
// server, so that the handlers are tested without sockets.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "monitor/control.h"

namespace hale::exporters {

// Views into the server's buffers: valid while the request is handled.
struct Request {
  std::string_view method;  // "GET"
  std::string_view target;  // as sent: "/api/v1/events?limit=5"
  std::string_view content_type;
  std::string_view accept = {};
  std::string_view accept_encoding = {};
  std::string_view authorization = {};
  std::string_view body;
};

inline constexpr std::string_view kJsonContentType = "application/json";
inline constexpr std::string_view kTextContentType = "text/plain; charset=utf-8";

struct Response {
  int status = 200;
  std::string_view content_type = kTextContentType;  // static storage
  std::shared_ptr<const std::string> body;           // never null; shared, so that it is not copied
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// An answer that waits for the engine. The server calls `start` once; the reply comes on any
// thread, once or never; back on its own thread the server turns it into the response. After
// `patience` it answers 504 instead.
struct Deferred {
  using Result = std::expected<monitor::CommandReply, monitor::CommandError>;
  std::function<void(monitor::ReplyHandler)> start;
  std::function<Response(const Result&)> finish;
  std::chrono::nanoseconds patience;
};

using Reply = std::variant<Response, Deferred>;

// Why a request is not answered as asked.
struct ApiError {
  int status = 400;
  std::string code = "bad_request";
  std::string message;
};

template <class T>
using Result = std::expected<T, ApiError>;

Response text_response(int status, std::string body);
Response json_response(std::string body);
Response error_response(const ApiError& error);

}  // namespace hale::exporters
