#include "tests/systemd/systemd_world.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace hale::testing {
namespace {

namespace fs = std::filesystem;

int next_number() {
  static int number = 0;
  return ++number;
}

pid_t spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            int output) {
  std::vector<std::string> texts = words;
  std::vector<char*> arguments;
  for (std::string& text : texts) {
    arguments.push_back(text.data());
  }
  arguments.push_back(nullptr);
  std::vector<std::string> settings = environment;
  std::vector<char*> variables;
  for (std::string& text : settings) {
    variables.push_back(text.data());
  }
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view head = text.substr(0, text.find('=') + 1);
    const bool replaced = std::ranges::any_of(
        environment, [head](const std::string& setting) { return setting.starts_with(head); });
    if (!replaced) {
      variables.push_back(*variable);
    }
  }
  variables.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (output >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  }
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

void kill_and_reap(pid_t& pid) {
  if (pid > 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
}

constexpr std::array<std::pair<const char*, const char*>, 8> kTargets = {{
    {"default.target", "[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n"},
    {"basic.target", "[Unit]\nDefaultDependencies=no\n"},
    {"sysinit.target", "[Unit]\nDefaultDependencies=no\n"},
    {"sockets.target", "[Unit]\nDefaultDependencies=no\n"},
    {"timers.target", "[Unit]\nDefaultDependencies=no\n"},
    {"paths.target", "[Unit]\nDefaultDependencies=no\n"},
    {"shutdown.target", "[Unit]\nDefaultDependencies=no\nRefuseManualStart=yes\n"},
    {"exit.target", "[Unit]\nDefaultDependencies=no\nSuccessAction=exit-force\n"},
}};

}  // namespace

Ran run_program(const std::vector<std::string>& words,
                const std::vector<std::string>& environment) {
  std::array<int, 2> ends{};
  Ran ran;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return ran;
  }
  const pid_t pid = spawn(words, environment, ends[1]);
  ::close(ends[1]);
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    ran.output.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  if (pid > 0 && ::waitpid(pid, &status, 0) == pid) {
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ran;
}

std::string SystemdWorld::missing() {
  if (::getenv("HALE_SYSTEMD_WORLD") != nullptr) {
    return "";
  }
  const char* const reason = ::getenv("HALE_NO_SYSTEMD");
  return reason == nullptr ? "not started by tests/systemd/enter.sh" : reason;
}

SystemdWorld::SystemdWorld(Bus bus) : kind_(bus) {
  const std::string name = "world" + std::to_string(next_number());
  folder_ = "/run/" + name;
  // What is enabled in any other folder, systemd takes for enabled until the reboot or not at all.
  home_ = "/var/tmp/" + name;
  units_ = home_ / ".config/systemd/user";
  cgroup_ = "/sys/fs/cgroup/" + name + ".slice";
  fs::create_directories(units_);
  fs::create_directories(folder_ / "empty");
  fs::permissions(folder_, fs::perms::owner_all);
  fs::create_directory(cgroup_);
  for (const auto& [target, text] : kTargets) {
    write(target, text);
  }
  bus_ = "unix:path=" + (folder_ / (bus == Bus::kDaemon ? "bus" : "systemd/private")).string();
  start_systemd();
  if (bus == Bus::kDaemon) {
    start_bus();
  }
}

SystemdWorld::~SystemdWorld() {
  kill_and_reap(systemd_);
  std::ofstream(cgroup_ + "/cgroup.kill") << "1\n";
  eventually(
      [this] {
        // The deepest first; a folder is busy while somebody is in it.
        std::vector<fs::path> folders = {cgroup_};
        std::error_code ignored;
        for (const auto& entry : fs::recursive_directory_iterator(cgroup_, ignored)) {
          if (entry.is_directory(ignored)) {
            folders.push_back(entry.path());
          }
        }
        for (auto path = folders.rbegin(); path != folders.rend(); ++path) {
          ::rmdir(path->c_str());
        }
        return !fs::exists(cgroup_);
      },
      std::chrono::seconds(5));
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(home_, ignored);
}

// systemd looks for a bus where it runs one itself.
void SystemdWorld::start_bus() {
  const std::string socket = folder_ / "bus";
  write("dbus.socket", "[Socket]\nListenStream=" + socket + "\nRemoveOnStop=yes\n");
  write("dbus.service",
        "[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nExecStart=dbus-daemon --session "
        "--address=systemd: --nofork --nopidfile --nosyslog\n");
  systemctl("daemon-reload");
  systemctl("start dbus.socket dbus.service");
  EXPECT_EQ(status_, 0) << "the bus does not start";
}

void SystemdWorld::kill_bus() {
  systemctl("stop dbus.socket");
  systemctl("kill -s KILL dbus.service");
}

void SystemdWorld::start_systemd() {
  std::vector<std::string> environment = {
      "XDG_RUNTIME_DIR=" + folder_.string(),
      "HOME=" + home_.string(),
      "SYSTEMD_UNIT_PATH=" + units_.string(),
      "SYSTEMD_GENERATOR_PATH=" + (folder_ / "empty").string(),
      "SYSTEMD_ENVIRONMENT_GENERATOR_PATH=" + (folder_ / "empty").string(),
      "DBUS_SESSION_BUS_ADDRESS=" + (kind_ == Bus::kDaemon ? bus_ : std::string())};
  const int log = ::open((folder_ / "systemd.log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  systemd_ = spawn({"/bin/sh", "-c",
                    "echo $$ > " + cgroup_ +
                        "/cgroup.procs; [ -n \"$DBUS_SESSION_BUS_ADDRESS\" ] || unset "
                        "DBUS_SESSION_BUS_ADDRESS; exec /lib/systemd/systemd --user"},
                   environment, log);
  ::close(log);
  const std::string socket = folder_ / "systemd/private";
  EXPECT_TRUE(eventually([&] { return fs::is_socket(socket); })) << "systemd does not start";
  EXPECT_TRUE(eventually([this] { return running(); })) << systemctl("is-system-running");
}

bool SystemdWorld::running() const {
  const Ran ran = run_program({"systemctl", "--user", "is-active", "default.target"},
                              {"XDG_RUNTIME_DIR=" + folder_.string(), "DBUS_SESSION_BUS_ADDRESS="});
  return ran.output == "active\n";
}

void SystemdWorld::write(const std::string& name, const std::string& text) {
  fs::create_directories((units_ / name).parent_path());
  std::ofstream(units_ / name) << text;
}

void SystemdWorld::remove(const std::string& name) {
  std::error_code ignored;
  fs::remove(units_ / name, ignored);
}

void SystemdWorld::enable(const std::string& name, const std::string& text) {
  write(name, text + "\n[Install]\nWantedBy=default.target\n");
  fs::create_directories(units_ / "default.target.wants");
  std::error_code ignored;
  fs::create_symlink(units_ / name, units_ / "default.target.wants" / name, ignored);
}

void SystemdWorld::add(const std::string& name, const std::string& text) {
  enable(name, text);
  systemctl("daemon-reload");
}

std::string SystemdWorld::systemctl(const std::string& arguments) {
  std::vector<std::string> words = {"/bin/sh", "-c",
                                    "exec systemctl --user --no-pager " + arguments};
  const Ran ran =
      run_program(words, {"XDG_RUNTIME_DIR=" + folder_.string(),
                          "SYSTEMD_UNIT_PATH=" + units_.string(), "DBUS_SESSION_BUS_ADDRESS="});
  status_ = ran.status;
  return ran.output;
}

std::string SystemdWorld::property(const std::string& unit, const std::string& name) {
  std::string value = systemctl("show --value -p " + name + " " + unit);
  while (value.ends_with('\n')) {
    value.pop_back();
  }
  return value;
}

}  // namespace hale::testing
