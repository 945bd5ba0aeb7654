#include "checks/process/spawn.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__clang__)
#define HALE_NOT_SANITIZED __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define HALE_NOT_SANITIZED __attribute__((no_sanitize("address,thread,undefined")))
#endif

// clone(2), by the name that the thread sanitizer does not replace: it takes every clone for a fork
// with memory of its own.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier)
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument,
                       ...) noexcept;

namespace hale::checks {
namespace {

// All that the new process reads between clone and exec, prepared beforehand, and what it says
// about a failure: it shares our memory until then.
struct Plan {
  std::vector<std::string> files;  // tried in order
  std::vector<const char*> file_names;
  std::vector<const char*> arguments;
  std::vector<const char*> environment;
  const char* directory = "/";
  std::array<int, 3> streams{};  // to become 0, 1 and 2; none of them is one of these
  std::vector<ResourceLimit> limits;
  const Identity* identity = nullptr;

  SpawnStep step = SpawnStep::kExec;
  int error = 0;
};

// The C library's functions keep books (of threads, handlers, descriptors) that belong to the agent
// as long as the memory is shared, so the new process speaks to the kernel alone.
template <class... Arguments>
HALE_NOT_SANITIZED bool failed(long number, Arguments... arguments) {
  return ::syscall(number, arguments...) < 0;
}

HALE_NOT_SANITIZED bool forget_signals() {
  constexpr std::size_t kMaskBytes = 8;
  const std::array<std::uint64_t, 8> by_default{};  // larger than the kernel's struct anywhere
  for (int number = 1; number <= 64; ++number) {
    ::syscall(SYS_rt_sigaction, number, by_default.data(), nullptr, kMaskBytes);
  }
  const std::uint64_t none = 0;
  return failed(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kMaskBytes);
}

HALE_NOT_SANITIZED bool set_limits(const Plan& plan) {
  for (const ResourceLimit* limit = plan.limits.data();
       limit != plan.limits.data() + plan.limits.size(); ++limit) {
    rlimit now{};
    if (failed(SYS_prlimit64, 0, limit->resource, nullptr, &now)) {
      return false;
    }
    if (limit->resource == RLIMIT_NOFILE) {
      now.rlim_cur = limit->value < now.rlim_max ? limit->value : now.rlim_max;  // may be raised
    } else {
      // A second more than it is allowed: SIGXCPU says what happened, SIGKILL would not.
      const rlim_t hard = limit->value + (limit->resource == RLIMIT_CPU ? 1 : 0);
      now.rlim_cur = limit->value < now.rlim_max ? limit->value : now.rlim_max;
      now.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
    }
    if (failed(SYS_prlimit64, 0, limit->resource, &now, nullptr)) {
      return false;
    }
  }
  return true;
}

HALE_NOT_SANITIZED bool become(const Identity& identity) {
  return !failed(SYS_setgroups, identity.groups.size(), identity.groups.data()) &&
         !failed(SYS_setresgid, identity.group, identity.group, identity.group) &&
         !failed(SYS_setresuid, identity.user, identity.user, identity.user);
}

// Returns only where nothing could be run: the error of the first file that is there.
HALE_NOT_SANITIZED int run_first(const Plan& plan) {
  int worst = ENOENT;
  for (const char* const* file = plan.file_names.data(); *file != nullptr; ++file) {
    ::syscall(SYS_execve, *file, plan.arguments.data(), plan.environment.data());
    const int error = errno;
    const bool absent = error == ENOENT || error == ENOTDIR;
    worst = absent || worst != ENOENT ? worst : error;
    if (!absent && error != EACCES) {
      break;
    }
  }
  return worst;
}

HALE_NOT_SANITIZED bool prepare(Plan& plan) {
  plan.step = SpawnStep::kGroup;
  if (failed(SYS_setpgid, 0, 0)) {
    return false;
  }
  plan.step = SpawnStep::kStreams;
  for (int target = 0; target < 3; ++target) {
    if (failed(SYS_dup3, *(plan.streams.data() + target), target, 0)) {
      return false;
    }
  }
  ::syscall(SYS_close_range, 3U, ~0U, 0U);  // all are closed on exec anyway; this finds a leak
  plan.step = SpawnStep::kLimits;
  if (!set_limits(plan)) {
    return false;
  }
  plan.step = SpawnStep::kIdentity;
  if (plan.identity != nullptr && !become(*plan.identity)) {
    return false;
  }
  plan.step = SpawnStep::kDirectory;
  if (failed(SYS_chdir, plan.directory)) {
    return false;
  }
  plan.step = SpawnStep::kGroup;
  return !forget_signals();
}

HALE_NOT_SANITIZED int in_child(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  // What is written here stays, so nothing is while all goes well.
  if (!prepare(plan)) {
    plan.error = errno;
  } else {
    const int error = run_first(plan);
    plan.step = SpawnStep::kExec;
    plan.error = error;
  }
  ::syscall(SYS_exit_group, 127);
  return 127;
}

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

// Neither end is one of the standard streams, which the new process is about to replace.
std::optional<FileDescriptor> beyond_streams(int fd) {
  FileDescriptor owned(fd);
  if (fd > 2) {
    return owned;
  }
  FileDescriptor moved(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  return moved.is_open() ? std::optional(std::move(moved)) : std::nullopt;
}

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  auto read = beyond_streams(ends[0]);
  auto write = beyond_streams(ends[1]);
  if (!read || !write || ::fcntl(read->get(), F_SETFL, O_NONBLOCK) != 0) {
    return std::nullopt;
  }
  return Pipe{std::move(*read), std::move(*write)};
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    list.push_back(text.c_str());
  }
  list.push_back(nullptr);
  return list;
}

// No handler of ours may run in the new process: it would work on our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

// What the error alone does not say: whether it is the file that is missing or its interpreter.
SpawnError describe(const Plan& plan) {
  SpawnError error{.step = plan.step, .error = plan.error};
  if (plan.step != SpawnStep::kExec) {
    return error;
  }
  for (const std::string& file : plan.files) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
      continue;
    }
    error.file = file;
    error.mode = status.st_mode;
    struct statvfs system{};
    error.no_exec = ::statvfs(file.c_str(), &system) == 0 && (system.f_flag & ST_NOEXEC) != 0;
    const FileDescriptor opened(
        S_ISREG(status.st_mode) ? ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1);
    std::array<char, 128> head{};
    const ssize_t got = opened.is_open() ? ::read(opened.get(), head.data(), head.size()) : 0;
    error.head.assign(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    break;
  }
  return error;
}

std::expected<Child, SpawnError> clone_and_run(Plan& plan) {
  constexpr std::size_t kStackBytes = std::size_t{64} << 10U;
  const auto stack = std::make_unique<std::byte[]>(kStackBytes);
  int pidfd = -1;
  pid_t pid = 0;
  int error = 0;
  {
    const AllSignalsBlocked blocked;
    pid = ::__clone(&in_child, stack.get() + kStackBytes,
                    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
    error = errno;
  }
  if (pid < 0) {
    return std::unexpected(SpawnError{.step = SpawnStep::kClone, .error = error});
  }
  Child child(pid, FileDescriptor(pidfd));
  if (plan.error != 0) {
    return std::unexpected(describe(plan));
  }
  return child;
}

std::vector<std::string> files_of(const SpawnSettings& settings) {
  const std::string& name = settings.command.front();
  if (name.contains('/')) {
    return {name};
  }
  std::vector<std::string> files;
  for (const std::string& folder : settings.search) {
    files.push_back(folder + "/" + name);
  }
  return files;
}

// What programs look for about their user, unless the settings say otherwise.
std::vector<std::string> environment_of(const SpawnSettings& settings,
                                        const std::optional<Identity>& identity) {
  std::vector<std::string> environment = settings.environment;
  if (!identity) {
    return environment;
  }
  for (const auto& [name, value] :
       {std::pair("HOME=", &identity->home), std::pair("USER=", &identity->name),
        std::pair("LOGNAME=", &identity->name)}) {
    if (std::ranges::none_of(settings.environment, [start = name](const std::string& entry) {
          return entry.starts_with(start);
        })) {
      environment.push_back(name + *value);
    }
  }
  return environment;
}

}  // namespace

Child::~Child() {
  if (pid_ == 0) {
    return;
  }
  constexpr int kPatienceMs = 20;
  signal(SIGKILL);
  pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, kPatienceMs);
  reap();
}

void Child::signal(int number) const {
  if (pid_ != 0) {
    ::kill(-pid_, number);
  }
}

std::optional<ExitStatus> Child::reap() {
  if (pid_ == 0) {
    return std::nullopt;
  }
  int raw = 0;
  rusage usage{};
  pid_t reaped = 0;
  do {
    reaped = ::wait4(pid_, &raw, WNOHANG, &usage);
  } while (reaped < 0 && errno == EINTR);
  if (reaped == 0) {
    return std::nullopt;
  }
  pid_ = 0;
  ExitStatus status;
  if (reaped < 0) {
    status.value = ExitStatus::kLost;
    return status;
  }
  status.signalled = WIFSIGNALED(raw);
  status.value = status.signalled ? WTERMSIG(raw) : WEXITSTATUS(raw);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  status.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return status;
}

std::expected<Spawned, SpawnError> spawn(const SpawnSettings& settings) {
  Plan plan;
  std::optional<Identity> identity;
  if (!settings.user.empty()) {
    auto found = find_identity(settings.user);
    if (!found) {
      return std::unexpected(SpawnError{.step = SpawnStep::kUser, .error = found.error()});
    }
    if (found->user != ::geteuid()) {
      identity = std::move(*found);
      plan.identity = &*identity;
    }
  }
  std::optional<Pipe> output = make_pipe();
  std::optional<Pipe> errors = output ? make_pipe() : std::nullopt;
  const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::optional<FileDescriptor> input;
  if (errors && null.is_open()) {
    input = beyond_streams(::fcntl(null.get(), F_DUPFD_CLOEXEC, 3));
  }
  if (!output || !errors || !input) {
    return std::unexpected(SpawnError{.step = SpawnStep::kPipe, .error = errno});
  }
  plan.files = files_of(settings);
  plan.file_names = pointers(plan.files);
  plan.arguments = pointers(settings.command);
  const std::vector<std::string> environment = environment_of(settings, identity);
  plan.environment = pointers(environment);
  plan.directory = settings.directory.c_str();
  plan.streams = {input->get(), output->write.get(), errors->write.get()};
  plan.limits = settings.limits;
  auto child = clone_and_run(plan);
  if (!child) {
    return std::unexpected(child.error());
  }
  return Spawned{std::move(*child), std::move(output->read), std::move(errors->read)};
}

}  // namespace hale::checks
