#include "checks/proc/net_stats.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

const std::string kHead =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";

TEST(NetDevTest, ReadsEveryInterface) {
  const auto table = parse_net_dev(
      kHead +
      "    lo: 109289748937 102003194    0    0    0     0          0         0 109289748937 "
      "102003194    0    0    0     0       0          0\n"
      "  eth0:740712504   15850    1    2    0     0          0         0   759817    9884    3    "
      "4 "
      "   0     0       0          0\n"
      "eth0.5@x: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  ASSERT_TRUE(table.has_value());
  ASSERT_EQ(table->size(), 3U);
  EXPECT_EQ(table->at("lo").received.bytes, 109289748937ULL);
  const InterfaceCounters& eth0 = table->at("eth0");
  EXPECT_EQ(eth0.received.bytes, 740712504U);
  EXPECT_EQ(eth0.received.packets, 15850U);
  EXPECT_EQ(eth0.received.errors, 1U);
  EXPECT_EQ(eth0.received.dropped, 2U);
  EXPECT_EQ(eth0.sent.bytes, 759817U);
  EXPECT_EQ(eth0.sent.errors, 3U);
  EXPECT_EQ(eth0.sent.dropped, 4U);
  EXPECT_EQ(table->at("eth0.5@x").sent.bytes, 9U);
}

TEST(NetDevTest, NamesTheLineThatItCannotRead) {
  struct Case {
    std::string text;
    const char* line;
  };
  const Case cases[] = {
      {"", ""},
      {"one line\n", ""},
      {"one\ntwo\n", ""},
      {kHead + "eth0\n", "eth0"},
      {kHead + "eth0: 1 2 3\n", "eth0: 1 2 3"},
      {kHead + ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
       ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"},
      {kHead + "a b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
       "a b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"},
      {kHead + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 -16\n",
       "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 -16"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto table = parse_net_dev(c.text);
    ASSERT_FALSE(table.has_value());
    EXPECT_EQ(table.error().line, c.line);
  }
}

TEST(RoutesTest, TellsGatewaysFromNetworksThatAreAttached) {
  RouteTable routes;
  add_ipv4_routes(
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
      "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
      "wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
      "dead\t0000000A\t00000000\t0200\t0\t0\t0\t000000FF\t0\t0\t0\n"
      "*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0\n"
      "odd\tline\n"
      "cut\t000200C0\t0000",
      routes);
  EXPECT_EQ(routes, (RouteTable{{"eth0", Routed::kGateway},
                                {"docker0", Routed::kDirectly},
                                {"wg0", Routed::kGateway}}));
}

TEST(RoutesTest, LeavesOutWhatEveryInterfaceHasOfIpv6) {
  const std::string zero(32, '0');
  const std::string prefix = "20010db8" + std::string(24, '0');
  const std::string local = "fe80" + std::string(28, '0');
  const std::string multicast = "ff" + std::string(30, '0');
  const auto line = [&](const std::string& destination, const char* length, const std::string& next,
                        const char* flags, const char* name) {
    return destination + " " + length + " " + zero + " 00 " + next +
           " 00000400 00000001 00000000 " + flags + " " + name + "\n";
  };
  RouteTable routes;
  add_ipv6_routes(
      line(local, "40", zero, "00000001", "a") + line(multicast, "08", zero, "00000001", "b") +
          line(prefix, "80", zero, "80200001", "c") + line(zero, "00", zero, "00200200", "lo") +
          line(prefix, "40", zero, "00000001", "attached") +
          line(zero, "00", local, "00000003", "default") + "garbage\n",
      routes);
  EXPECT_EQ(routes, (RouteTable{{"attached", Routed::kDirectly}, {"default", Routed::kGateway}}));
}

TEST(SnmpValueTest, FindsAValueByItsName) {
  const char* text =
      "Ip: Forwarding DefaultTTL\nIp: 2 64\n"
      "TcpExt: A\nTcpExt: 9\n"
      "Tcp: RtoMin MaxConn OutSegs RetransSegs\nTcp: 200 -1 101991272 22749\n";
  EXPECT_EQ(snmp_value(text, "Tcp", "RetransSegs"), 22749U);
  EXPECT_EQ(snmp_value(text, "Tcp", "OutSegs"), 101991272U);
  EXPECT_EQ(snmp_value(text, "TcpExt", "A"), 9U);
  EXPECT_EQ(snmp_value(text, "Tcp", "MaxConn"), std::nullopt);
  EXPECT_EQ(snmp_value(text, "Tcp", "Nothing"), std::nullopt);
  EXPECT_EQ(snmp_value(text, "Udp", "InErrors"), std::nullopt);
  for (const char* broken : {"", "Tcp:", "Tcp: A B\n", "Tcp: A B\nUdp: 1 2\n", "Tcp: A B\nTcp: 1\n",
                             "Tcp: A B\nTcp: 1 x\n"}) {
    SCOPED_TRACE(broken);
    EXPECT_EQ(snmp_value(broken, "Tcp", "B"), std::nullopt);
  }
}

}  // namespace
}  // namespace hale::checks
