#include "tests/integration/agent_process.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace hale::testing {
namespace {

namespace fs = std::filesystem;

std::string make_directory() {
  std::string pattern = (fs::temp_directory_path() / "hale-test-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

pid_t spawn(const std::vector<std::string>& arguments, const std::string& directory) {
  std::vector<std::string> words = {HALE_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  // State of its own, whatever the machine has.
  const std::string state = "STATE_DIRECTORY=" + directory + "/state";
  std::vector<char*> environment = {const_cast<char*>(state.c_str())};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.push_back(*variable);
  }
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (directory + "/out").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (directory + "/err").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, HALE_BINARY, &actions, nullptr, argv.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

// The exit status once `pid` has ended; nothing after `limit`.
std::optional<int> await_end(pid_t pid, std::chrono::milliseconds limit) {
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }, limit);
  if (!ended) {
    return std::nullopt;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
}

}  // namespace

Finished run_hale(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  const std::string directory = make_directory();
  Finished finished;
  const pid_t pid = spawn(arguments, directory);
  if (pid > 0) {
    const std::optional<int> status = await_end(pid, limit);
    if (status) {
      finished.status = *status;
    } else {
      kill_and_reap(pid);
    }
  }
  finished.out = read_file(directory + "/out");
  finished.err = read_file(directory + "/err");
  fs::remove_all(directory);
  return finished;
}

AgentProcess::AgentProcess(const std::string& configuration, std::vector<std::string> arguments)
    : directory_(make_directory()) {
  std::vector<std::string> words = {"run", "--listen", "127.0.0.1:0", "--log-format", "json"};
  if (!configuration.empty()) {
    std::ofstream(directory_ + "/hale.toml") << configuration;
    words.insert(words.end(), {"-c", directory_ + "/hale.toml"});
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  pid_ = spawn(words, directory_);
  if (pid_ < 0) {
    return;
  }
  eventually([this] {
    const std::string text = log();
    const std::string mark = "\"message\":\"listening\",\"address\":\"";
    const std::size_t at = text.find(mark);
    const std::size_t end = text.find('"', at == std::string::npos ? at : at + mark.size());
    if (at == std::string::npos || end == std::string::npos) {
      return false;
    }
    address_ = text.substr(at + mark.size(), end - at - mark.size());
    return true;
  });
}

AgentProcess::~AgentProcess() {
  if (pid_ > 0) {
    kill_and_reap(pid_);
  }
  fs::remove_all(directory_);
}

std::uint16_t AgentProcess::port() const {
  return static_cast<std::uint16_t>(std::stoi(address_.substr(address_.rfind(':') + 1)));
}

std::optional<int> AgentProcess::stop(std::chrono::milliseconds limit) {
  ::kill(pid_, SIGTERM);
  const std::optional<int> status = await_end(pid_, limit);
  if (status) {
    pid_ = -1;
  }
  return status;
}

std::string AgentProcess::log() const {
  return read_file(directory_ + "/err");
}

Answer http(std::uint16_t port, const std::string& method, const std::string& path,
            const std::string& body, const std::string& content_type) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Answer answer;
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
  if (method == "POST") {
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    if (!body.empty()) {
      request += "Content-Type: " + content_type + "\r\n";
    }
  }
  request += "\r\n" + body;
  std::string text;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char chunk[16384];
    for (ssize_t got = 0; (got = ::recv(fd, chunk, sizeof chunk, 0)) > 0;) {
      text.append(chunk, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  const std::size_t end = text.find("\r\n\r\n");
  if (end != std::string::npos && text.size() > 12) {
    answer.status = std::atoi(text.c_str() + 9);
    answer.headers = text.substr(0, end + 2);
    answer.body = text.substr(end + 4);
  }
  return answer;
}

}  // namespace hale::testing
