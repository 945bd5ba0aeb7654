#include "tests/bench/udp_load.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"
#include "tests/bench/scratch_folder.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

std::uint16_t free_udp_port() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  HALE_ASSERT(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  HALE_ASSERT(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

std::optional<UdpQueue> udp_queue(std::uint16_t port) {
  std::ifstream file("/proc/net/udp");
  const std::string wanted = fmt::format("0100007F:{:04X}", port);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode, uses,
        pointer;
    UdpQueue queue;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
        timeout >> inode >> uses >> pointer >> queue.dropped;
    if (local != wanted) {
      continue;
    }
    const std::size_t colon = queues.find(':');
    std::from_chars(queues.data() + colon + 1, queues.data() + queues.size(), queue.waiting_bytes,
                    16);
    return queue;
  }
  return std::nullopt;
}

monitor::Duration cpu_time(pid_t pid) {
  monitor::Duration sum{};
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    std::ifstream file(task.path() / "schedstat");
    std::int64_t nanoseconds = 0;
    file >> nanoseconds;
    sum += monitor::Duration(nanoseconds);
  }
  return sum;
}

UdpLoad send_for(monitor::Duration duration, const std::vector<std::string>& datagrams,
                 std::uint16_t port, pid_t receiver) {
  constexpr std::uint64_t kEnough = 128 * 1024;  // bytes in its queue, as the kernel counts them
  constexpr int kBetweenLooks = 32;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  HALE_ASSERT(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);

  UdpLoad load;
  const std::uint64_t dropped_before = udp_queue(port).value().dropped;
  const monitor::Duration cpu_before = cpu_time(receiver);
  const auto end = std::chrono::steady_clock::now() + duration;
  std::size_t next = 0;
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < kBetweenLooks; ++i) {
      const std::string& datagram = datagrams[next];
      next = next + 1 == datagrams.size() ? 0 : next + 1;
      if (send(fd, datagram.data(), datagram.size(), 0) > 0) {
        ++load.datagrams;
      }
    }
    while (udp_queue(port).value().waiting_bytes > kEnough) {
    }
  }
  while (udp_queue(port).value().waiting_bytes > 0) {
    wait_for(1ms);
  }
  wait_for(50ms);
  load.cpu = cpu_time(receiver) - cpu_before;
  load.dropped = udp_queue(port).value().dropped - dropped_before;
  close(fd);
  return load;
}

}  // namespace hale::bench
