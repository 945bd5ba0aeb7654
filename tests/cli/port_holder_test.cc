#include "cli/port_holder.h"

#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/probe_sockets.h"
#include "tests/support/test_socket.h"

namespace hale::cli {
namespace {

using asio::ip::make_address;
using asio::ip::tcp;
using monitor::Transport;
using test::SocketOptions;
using test::TestSocket;

TEST(PortHolderTest, NamesWhoeverIsInTheWay) {
  const TestSocket socket(SocketOptions{});
  ASSERT_TRUE(socket.valid());
  const std::string pid = "pid " + std::to_string(::getpid());
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::"}) {
    SCOPED_TRACE(address);
    const auto holder =
        port_holder(tcp::endpoint(make_address(address), socket.port()), Transport::kStream);
    ASSERT_TRUE(holder);
    EXPECT_TRUE(holder->contains(pid)) << *holder;
  }
  EXPECT_FALSE(
      port_holder(tcp::endpoint(make_address("127.0.0.2"), socket.port()), Transport::kStream));
  EXPECT_FALSE(
      port_holder(tcp::endpoint(make_address("127.0.0.1"), socket.port()), Transport::kDatagram));
}

TEST(PortHolderTest, KnowsUdpToo) {
  const TestSocket socket(SocketOptions{.udp = true});
  ASSERT_TRUE(socket.valid());
  EXPECT_TRUE(
      port_holder(tcp::endpoint(make_address("127.0.0.1"), socket.port()), Transport::kDatagram));
}

}  // namespace
}  // namespace hale::cli
