// The real program as a child process: its output, its log, its address and its end.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/eventually.h"

namespace hale::testing {

struct Finished {
  int status = -1;  // the exit status; 128 + N after signal N
  std::string out;
  std::string err;
};

// Runs `hale ARGUMENTS` to its end, at most `limit` long (then it is killed). No configuration is
// found but the one in the arguments.
Finished run_hale(const std::vector<std::string>& arguments,
                  std::chrono::seconds limit = std::chrono::seconds(30));

// `hale run` with the API on a free port.
class AgentProcess {
 public:
  // `configuration`: the text of a file, which may not say where to listen; empty: the embedded
  // default. Waits for the address.
  explicit AgentProcess(const std::string& configuration = "",
                        std::vector<std::string> arguments = {});
  ~AgentProcess();  // kills it if it still runs
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  bool listening() const { return !address_.empty(); }
  const std::string& address() const { return address_; }  // "127.0.0.1:40001"
  std::string url() const { return "http://" + address_; }
  std::uint16_t port() const;
  pid_t pid() const { return pid_; }

  // Sends SIGTERM and waits; the exit status, or nothing if it has not ended within `limit`.
  std::optional<int> stop(std::chrono::milliseconds limit = std::chrono::seconds(10));
  std::string log() const;  // so far

 private:
  pid_t pid_ = -1;
  std::string directory_;
  std::string address_;
};

// One request over a fresh connection, HTTP/1.1, Connection: close. Status 0: no answer.
struct Answer {
  int status = 0;
  std::string headers;
  std::string body;
};
Answer http(std::uint16_t port, const std::string& method, const std::string& path,
            const std::string& body = "", const std::string& content_type = "application/json");

}  // namespace hale::testing
