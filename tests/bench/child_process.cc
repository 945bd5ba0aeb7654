#include "tests/bench/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace hale::bench {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, Pipe pipe) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  HALE_ASSERT(::pipe2(in.data(), O_CLOEXEC) == 0 && ::pipe2(out.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out[1],
                                     pipe == Pipe::kOutput ? STDOUT_FILENO : STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  if (::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) {
    pid_ = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

ChildProcess::~ChildProcess() {
  stop();
}

std::optional<std::string> ChildProcess::read_line(monitor::Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::size_t searched = consumed_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(consumed_, end - consumed_);
      consumed_ = end + 1;
      return line;
    }
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    searched = buffer_.size();
    if (!fill(deadline - std::chrono::steady_clock::now())) {
      return std::nullopt;
    }
  }
}

bool ChildProcess::fill(monitor::Duration patience) {
  pollfd readable{.fd = output_, .events = POLLIN, .revents = 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  if (::poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(0, wait))) != 1) {
    return false;
  }
  std::array<char, 65536> chunk;
  const ssize_t got = ::read(output_, chunk.data(), chunk.size());
  if (got <= 0) {
    return false;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

void ChildProcess::drop_lines() {
  do {
    buffer_.clear();
    consumed_ = 0;
  } while (fill(monitor::Duration::zero()));
}

void ChildProcess::stop() {
  if (input_ < 0) {
    return;
  }
  ::close(input_);
  input_ = -1;
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    while (fill(std::chrono::seconds(10))) {
      buffer_.clear();
    }
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ::close(output_);
}

std::string program_beside(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace hale::bench
