#include "tests/support/tun_network.h"

#include <array>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"
#include "tests/support/probe_sockets.h"

namespace hale::test {
namespace {

constexpr const char* kName = "hale0";

ifreq request() {
  ifreq result{};
  std::strncpy(result.ifr_name, kName, sizeof(result.ifr_name) - 1);
  return result;
}

ifreq with_address(const char* text) {
  ifreq result = request();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  std::memcpy(&result.ifr_addr, &address, sizeof(address));
  return result;
}

bool bring_up(int mtu) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq address = with_address("192.0.2.1");
  ifreq mask = with_address("255.255.255.0");
  ifreq size = request();
  size.ifr_mtu = mtu;
  ifreq flags = request();
  flags.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool up = ::ioctl(fd, SIOCSIFADDR, &address) == 0 &&
                  ::ioctl(fd, SIOCSIFNETMASK, &mask) == 0 && ::ioctl(fd, SIOCSIFMTU, &size) == 0 &&
                  ::ioctl(fd, SIOCSIFFLAGS, &flags) == 0;
  ::close(fd);
  return up;
}

}  // namespace

bool in_private_network(const std::function<void()>& body) {
  bool entered = false;
  std::thread thread([&entered, &body] {
    entered = enter_private_network(32768, 60999);
    if (entered) {
      body();
    }
  });
  thread.join();
  return entered;
}

std::unique_ptr<TunNetwork> TunNetwork::make(Script script, int mtu) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return nullptr;
  }
  ifreq device = request();
  device.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(fd, TUNSETIFF, &device) != 0 || !bring_up(mtu)) {
    ::close(fd);
    return nullptr;
  }
  return std::unique_ptr<TunNetwork>(new TunNetwork(fd, std::move(script)));
}

TunNetwork::TunNetwork(int fd, Script script)
    : fd_(fd),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      script_(std::move(script)),
      thread_([this] { serve(); }) {}

TunNetwork::~TunNetwork() {
  HALE_ASSERT(::eventfd_write(stop_, 1) == 0);
  thread_.join();
  ::close(stop_);
  ::close(fd_);
}

void TunNetwork::serve() {
  for (;;) {
    std::array<pollfd, 2> watched = {{{.fd = stop_, .events = POLLIN, .revents = 0},
                                      {.fd = fd_, .events = POLLIN, .revents = 0}}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) {
      return;
    }
    Packet packet(65536);
    const ssize_t got = ::read(fd_, packet.data(), packet.size());
    if (got <= 0 || packet[0] >> 4U != 4) {  // the kernel says hello in IPv6
      continue;
    }
    packet.resize(static_cast<std::size_t>(got));
    for (const Packet& answer : script_(packet)) {
      static_cast<void>(::write(fd_, answer.data(), answer.size()));
    }
  }
}

}  // namespace hale::test
