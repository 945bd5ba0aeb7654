// A client of the daemon's status API, for the commands that ask it. Every request has a deadline.
#pragma once

#include <chrono>
#include <expected>
#include <string>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

namespace hale::cli {

struct ClientError {
  bool unreachable = false;  // nobody answered; else the daemon said no
  int status = 0;            // the HTTP status when the daemon said no
  std::string code = {};     // and its word for why, "not_run"
  std::string message;       // for people
};

class Client {
 public:
  static constexpr auto kTimeout = std::chrono::seconds(5);

  // `url`: http://HOST:PORT or unix:/PATH. Throws nothing; a bad URL shows with the first request.
  explicit Client(std::string url) : url_(std::move(url)) {}
  const std::string& url() const { return url_; }

  // Shown with every request from then on.
  void set_token(std::string token) { token_ = std::move(token); }

  // The body of a GET, whatever its type.
  std::expected<std::string, ClientError> get(const std::string& path) const;
  // The body of a GET even where the status says 503, as health endpoints do.
  std::expected<std::string, ClientError> get_health(const std::string& path) const;
  std::expected<Poco::JSON::Object::Ptr, ClientError> get_json(const std::string& path) const;
  // The reply to a POST with a JSON body; an empty body is sent as none. `timeout` bounds the
  // silence before the answer.
  std::expected<Poco::JSON::Object::Ptr, ClientError> post(
      const std::string& path, const std::string& body,
      std::chrono::seconds timeout = kTimeout) const;

 private:
  struct Answer {
    int status = 0;
    std::string body;
  };
  std::expected<Answer, ClientError> exchange(const std::string& method, const std::string& path,
                                              const std::string& body,
                                              std::chrono::seconds timeout) const;
  static ClientError refusal(const Answer& answer);

  std::string url_;
  std::string token_;  // empty: none
};

// A name as one segment of a path.
std::string path_segment(const std::string& name);

std::expected<Poco::JSON::Object::Ptr, ClientError> parse_object(const std::string& text);

}  // namespace hale::cli
