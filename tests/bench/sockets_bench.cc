// What looks at sockets and processes cost: sock_diag beside the kernel's text, in a network of the
// benchmark's own; and one pass over all processes. CPU time of the thread that looks, medians.
#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks/file_descriptor.h"
#include "checks/proc/process_list.h"
#include "checks/sockets/socket_holders.h"
#include "checks/sockets/socket_table.h"
#include "monitor/assert.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/test_socket.h"
#include "tests/support/tun_network.h"

namespace hale::bench {
namespace {

constexpr int kListeners = 5000;
constexpr int kConnected = 10000;  // both ends of 5,000 connections, as the table counts them
constexpr int kRepetitions = 21;

double thread_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double median_of(const std::function<void()>& look) {
  std::vector<double> spent;
  for (int i = 0; i < kRepetitions; ++i) {
    const double begin = thread_milliseconds();
    look();
    spent.push_back(thread_milliseconds() - begin);
  }
  std::ranges::nth_element(spent, spent.begin() + kRepetitions / 2);
  return spent[kRepetitions / 2];
}

void row(std::string_view what, double milliseconds, double compared = 0) {
  fmt::print("| {} | {:.3f} ms | {} |\n", what, milliseconds,
             compared > 0 ? fmt::format("{:.1f}", compared / milliseconds) : "");
}

using Sockets = std::vector<std::unique_ptr<test::TestSocket>>;

Sockets listen_on(int count) {
  Sockets sockets;
  for (int i = 0; i < count; ++i) {
    sockets.push_back(std::make_unique<test::TestSocket>(test::SocketOptions{}));
    HALE_ASSERT(sockets.back()->valid());
  }
  return sockets;
}

// Both ends of each; closed with the list.
std::vector<checks::FileDescriptor> connect_to(const test::TestSocket& listener, int count) {
  std::vector<checks::FileDescriptor> ends;
  socklen_t size = 0;
  const test::SocketAddress address = test::make_address("127.0.0.1", listener.port(), size);
  for (int i = 0; i < count; ++i) {
    checks::FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    HALE_ASSERT(::connect(client.get(), &address.any, size) == 0);
    checks::FileDescriptor server(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    HALE_ASSERT(server.is_open());
    ends.push_back(std::move(client));
    ends.push_back(std::move(server));
  }
  return ends;
}

// Both ways to the same answer; the ratio says how much cheaper sock_diag is.
void compare(std::string_view what, std::size_t listeners) {
  checks::SocketTable by_diag("/proc/thread-self", "/sys");
  checks::SocketTable by_text("/proc/thread-self", "/sys");
  by_text.use_files_only();
  const auto look = [listeners](checks::SocketTable& table) {
    const auto found = table.read();
    HALE_ASSERT(found && found->size() >= listeners);
  };
  const double text = median_of([&] { look(by_text); });
  row(fmt::format("{}, sock_diag", what), median_of([&] { look(by_diag); }), text);
  row(fmt::format("{}, the files of /proc/net", what), text);
}

void measure_sockets() {
  {
    const Sockets sockets = listen_on(10);
    const auto connections = connect_to(*sockets.front(), kConnected / 2);
    compare(fmt::format("10 listeners beside {} connected sockets", kConnected), sockets.size());
  }
  const Sockets sockets = listen_on(kListeners);
  compare(fmt::format("{} listeners", kListeners), sockets.size());
  checks::SocketTable table("/proc/thread-self", "/sys");
  std::unordered_set<std::uint64_t> inodes;
  const auto listeners = table.read();
  HALE_ASSERT(listeners.has_value());
  for (const checks::Listener& listener : *listeners) {
    inodes.insert(listener.inode);
  }
  row(fmt::format("who holds {} listeners, once for all", kListeners),
      median_of([&] { HALE_ASSERT(checks::scan_holders("/proc", inodes).holders.size() >= 1); }));
}

void measure_processes() {
  const auto ids = checks::process_ids("/proc");
  HALE_ASSERT(ids.has_value());
  const auto pass = [](unsigned fields) {
    const auto uptime = checks::read_uptime("/proc");
    const auto pids = checks::process_ids("/proc");
    HALE_ASSERT(uptime && pids);
    for (const pid_t pid : *pids) {
      static_cast<void>(checks::read_process("/proc", pid, fields, *uptime));
    }
  };
  row(fmt::format("{} processes, by name", ids->size()), median_of([&] { pass(0); }));
  row(fmt::format("{} processes, by command and unit", ids->size()),
      median_of([&] { pass(checks::kProcessCommand | checks::kProcessCgroup); }));
}

int run() {
  constexpr rlim_t kNeeded = kConnected + 1000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  const bool enough = ::setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= kNeeded;
  fmt::print("## Sockets and processes\n\n");
  fmt::print("| One look | CPU time | text costs as many times |\n|---|---|---|\n");
  if (!enough || !test::in_private_network(measure_sockets)) {
    fmt::print("| sockets: no right to make a network, or to open {} files | | |\n", kNeeded);
  }
  measure_processes();
  return 0;
}

}  // namespace
}  // namespace hale::bench

int main() {
  return hale::bench::run();
}
