#include "tests/support/server_process.h"

#include <atomic>
#include <csignal>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hale::test {
namespace {

constexpr int kStepMs = 10;
constexpr int kSteps = 1000;

union Address {
  explicit Address(std::uint16_t port)
      : v4{.sin_family = AF_INET,
           .sin_port = htons(port),
           .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
           .sin_zero = {}} {}
  sockaddr any;
  sockaddr_in v4;
};

bool accepts(std::uint16_t port) {
  const Address address(port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(fd, &address.any, sizeof(address.v4)) == 0;
  ::close(fd);
  return connected;
}

}  // namespace

// Not one that the kernel picks: connections of other programs begin at those, and the next one
// asked for might be the same again. Each process begins its search elsewhere.
std::uint16_t free_port() {
  constexpr unsigned kFirst = 10'000;
  constexpr unsigned kCount = 22'000;
  static std::atomic<unsigned> next = static_cast<unsigned>(::getpid()) * 37;
  for (unsigned attempt = 0; attempt < kCount; ++attempt) {
    const auto port = static_cast<std::uint16_t>(kFirst + next++ % kCount);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Address address(port);
    const bool is_free = ::bind(fd, &address.any, sizeof(address.v4)) == 0;
    ::close(fd);
    if (is_free) {
      return port;
    }
  }
  ADD_FAILURE() << "every port is in use";
  return 0;
}

std::string program_at(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return "";
}

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  std::vector<std::string> copy = command;
  std::vector<char*> arguments;
  for (std::string& argument : copy) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  if (::posix_spawn(&pid_, arguments.front(), nullptr, nullptr, arguments.data(), environ) != 0) {
    pid_ = -1;
  }
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) {
    return;
  }
  ::kill(pid_, SIGTERM);
  for (int step = 0; step < kSteps && !ended(); ++step) {
    ::poll(nullptr, 0, kStepMs);
  }
  if (!ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

bool ServerProcess::wait_for(std::uint16_t port) {
  for (int step = 0; step < kSteps && !ended(); ++step) {
    if (accepts(port)) {
      return true;
    }
    ::poll(nullptr, 0, kStepMs);
  }
  return false;
}

bool ServerProcess::ends_well() {
  constexpr int kStepsOfAMinute = 6000;
  for (int step = 0; step < kStepsOfAMinute && !ended(); ++step) {
    ::poll(nullptr, 0, kStepMs);
  }
  return ended() && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

bool ServerProcess::ended() {
  if (pid_ >= 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) {
    pid_ = -1;
  }
  return pid_ < 0;
}

}  // namespace hale::test
