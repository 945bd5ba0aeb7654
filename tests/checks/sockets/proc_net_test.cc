#include "checks/sockets/proc_net.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

const std::string kHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

std::string line(const std::string& local, const std::string& state) {
  return "   0: " + local + " 00000000:0000 " + state +
         " 00000000:00000005 00:00000000 00000000  1000        0 20413 1 0000000000000000 100 0 0 "
         "10 0\n";
}

TEST(ProcNetTest, ReadsListenersOfTcp) {
  const std::string text = kHead + line("0100007F:1F90", "0A") + line("0100007F:1F91", "01") +
                           line("00000000:0050", "0A");
  std::vector<Listener> listeners;
  ASSERT_TRUE(parse_proc_net_inet(SocketProtocol::kTcp, text, listeners));
  ASSERT_EQ(listeners.size(), 2U);
  EXPECT_EQ(to_string(listeners[0]), "127.0.0.1:8080");
  EXPECT_EQ(listeners[0].uid, 1000U);
  EXPECT_EQ(listeners[0].inode, 20413U);
  EXPECT_EQ(listeners[0].queued, 5U);
  EXPECT_EQ(listeners[0].backlog, 0U);
  EXPECT_EQ(to_string(listeners[1]), "0.0.0.0:80");
}

TEST(ProcNetTest, ReadsIPv6AndItsWildcard) {
  const std::string text = kHead + line("00000000000000000000000000000000:0050", "0A") +
                           line("00000000000000000000000001000000:0051", "0A") +
                           line("0000000000000000FFFF00000100007F:0052", "0A");
  std::vector<Listener> listeners;
  ASSERT_TRUE(parse_proc_net_inet(SocketProtocol::kTcp, text, listeners));
  ASSERT_EQ(listeners.size(), 3U);
  EXPECT_EQ(to_string(listeners[0]), "*:80");
  EXPECT_EQ(to_string(listeners[1]), "[::1]:81");
  EXPECT_EQ(to_string(listeners[2]), "127.0.0.1:82");

  ASSERT_TRUE(
      parse_proc_net_inet(SocketProtocol::kTcp, kHead + line("00000000:0050", "0A"), listeners));
  settle_dual_stack(listeners);
  EXPECT_EQ(to_string(listeners[0]), "[::]:80") << "IPv4 has a socket of its own";
}

TEST(ProcNetTest, OfUdpOnlyWhatIsNotConnected) {
  const std::string text = kHead + line("00000000:0035", "07") + line("00000000:0036", "01");
  std::vector<Listener> listeners;
  ASSERT_TRUE(parse_proc_net_inet(SocketProtocol::kUdp, text, listeners));
  ASSERT_EQ(listeners.size(), 1U);
  EXPECT_EQ(listeners[0].port, 53);
  EXPECT_EQ(listeners[0].queued, 0U) << "bytes, not connections";
}

TEST(ProcNetTest, ReadsUnixSockets) {
  const std::string text =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 20233 /run/a socket\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 20234 /run/connected\n"
      "0000000000000000: 00000002 00000000 00000000 0002 01 20235 /dev/log\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 20236 @abstract\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 20237\n";
  std::vector<Listener> listeners;
  ASSERT_TRUE(parse_proc_net_unix(text, listeners));
  ASSERT_EQ(listeners.size(), 3U);
  EXPECT_EQ(listeners[0].path, "/run/a socket");
  EXPECT_EQ(listeners[1].path, "/dev/log");
  EXPECT_TRUE(listeners[1].datagram);
  EXPECT_EQ(listeners[2].path, "@abstract");
}

TEST(ProcNetTest, NamesTheLineThatItCannotRead) {
  for (const std::string bad : {"   0: 0100007F\n", "x\n"}) {
    SCOPED_TRACE(bad);
    std::vector<Listener> listeners;
    const auto parsed = parse_proc_net_inet(SocketProtocol::kTcp, kHead + bad, listeners);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().line + "\n", bad);
    EXPECT_FALSE(parse_proc_net_unix(kHead + bad, listeners));
  }
  std::vector<Listener> listeners;
  EXPECT_FALSE(
      parse_proc_net_inet(SocketProtocol::kTcp, kHead + line("0100007:1F90", "0A"), listeners));
  EXPECT_FALSE(
      parse_proc_net_inet(SocketProtocol::kTcp, kHead + line("0100007F:1F90F", "0A"), listeners));
}

}  // namespace
}  // namespace hale::checks
