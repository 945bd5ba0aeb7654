// A peer that speaks systemd's private protocol, in a thread of its own: says what a test wants it
// to say, or nothing, or nonsense. For what a real systemd does not do on demand.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <systemd/sd-bus.h>

namespace hale::test {

class FakeSystemd {
 public:
  // What it does when `member` is called.
  enum class Does { kAnswer, kNothing, kRefuse, kDeny, kNonsense, kHangUp };

  explicit FakeSystemd(const std::filesystem::path& folder);
  ~FakeSystemd();
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  std::string bus() const { return "unix:path=" + socket_.string(); }

  // Before the first connection: active services by these names.
  void have(std::vector<std::string> services) { services_ = std::move(services); }
  void on(const std::string& member, Does what) {
    const std::lock_guard lock(mutex_);
    does_[member] = what;
  }
  int calls() const { return calls_; }
  int connections() const { return connections_; }

 private:
  static int on_call(sd_bus_message* call, void* self, sd_bus_error* error);
  Does what_of(const std::string& member);
  int answer(sd_bus_message* call, const std::string& member);
  void serve();
  void serve_one(int fd);

  std::filesystem::path socket_;
  std::vector<std::string> services_;
  std::mutex mutex_;
  std::map<std::string, Does> does_;  // guarded by mutex_
  std::atomic<int> calls_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> hang_up_ = false;
  int listening_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

}  // namespace hale::test
