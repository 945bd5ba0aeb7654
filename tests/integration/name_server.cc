#include "tests/integration/name_server.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace hale::test {
namespace {

namespace fs = std::filesystem;

std::string find_program() {
  for (const char* path : {"/usr/sbin/nsd", HALE_SOURCE_DIR "/build/tools/usr/sbin/nsd"}) {
    if (::access(path, X_OK) == 0) {
      return path;
    }
  }
  return "";
}

sockaddr_in ipv4(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

std::uint16_t free_port(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = ipv4(address, 0);
  socklen_t size = sizeof(name);
  auto* const any = reinterpret_cast<sockaddr*>(&name);
  const bool bound = ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  ::close(fd);
  return bound ? ntohs(name.sin_port) : std::uint16_t{0};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string listen_at(const std::string& address, std::uint16_t port) {
  return "  ip-address: " + address + "@" + std::to_string(port) + "\n";
}

std::string tls_lines(const NameServer::Options& options, std::uint16_t tls_port) {
  return listen_at(options.address, tls_port) + "  tls-port: " + std::to_string(tls_port) +
         "\n  tls-service-pem: \"" + options.certificate_file + "\"\n  tls-service-key: \"" +
         options.key_file + "\"\n";
}

std::string configuration(const NameServer::Options& options, std::uint16_t port,
                          std::uint16_t tls_port, const std::string& folder) {
  return "server:\n" + listen_at(options.address, port) +
         (tls_port != 0 ? tls_lines(options, tls_port) : "") +
         "  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n  zonesdir: \"" +
         folder + "\"\n  pidfile: \"\"\n  logfile: \"" + folder + "/log\"\n  zonelistfile: \"" +
         folder + "/list\"\n  xfrdfile: \"" + folder + "/xfrd\"\n  xfrdir: \"" + folder +
         "\"\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n"
         "zone:\n  name: \"example.test\"\n  zonefile: \"zone\"\n";
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

// Asks for the root, which it refuses, until it does.
bool answers(const std::string& address, std::uint16_t port, pid_t pid) {
  constexpr std::array<std::uint8_t, 17> kQuestion = {0, 1, 0, 0, 0, 1, 0, 0, 0,
                                                      0, 0, 0, 0, 0, 2, 0, 1};
  const sockaddr_in name = ipv4(address, port);
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool answered = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0;
  for (int attempt = 0; attempt < 500 && !answered && !has_ended(pid); ++attempt) {
    static_cast<void>(::send(fd, kQuestion.data(), kQuestion.size(), 0));
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    std::array<std::uint8_t, 512> answer{};
    ::poll(&readable, 1, 20);
    answered = ::recv(fd, answer.data(), answer.size(), MSG_DONTWAIT) > 0;
    if (!answered) {
      ::poll(nullptr, 0, 20);
    }
  }
  ::close(fd);
  return answered;
}

}  // namespace

std::unique_ptr<NameServer> NameServer::start(const Options& options, std::string& why) {
  std::string program = find_program();
  if (program.empty()) {
    why = "Debian's nsd is not here (packaging/setup test)";
    return nullptr;
  }
  std::string folder = (fs::temp_directory_path() / "hale-nsd-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    why = "no folder for the name server";
    return nullptr;
  }
  const std::uint16_t port = options.port != 0 ? options.port : free_port(options.address);
  const std::uint16_t tls_port =
      options.certificate_file.empty() ? std::uint16_t{0} : free_port(options.address);
  write_file(folder + "/zone", options.zone);
  std::string file = folder + "/conf";
  write_file(file, configuration(options, port, tls_port, folder));
  std::string foreground = "-d";
  std::string flag = "-c";
  std::vector<char*> argv = {program.data(), foreground.data(), flag.data(), file.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder + "/errors").c_str(),
                                     O_WRONLY | O_CREAT, 0600);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  std::unique_ptr<NameServer> server(new NameServer(error == 0 ? pid : -1, port, tls_port, folder));
  if (error != 0 || !answers(options.address, port, pid)) {
    why = "nsd did not start: " + read_file(folder + "/errors") + read_file(folder + "/log");
    return nullptr;
  }
  return server;
}

NameServer::~NameServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace hale::test
