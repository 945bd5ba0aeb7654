#include "checks/sockets/listener_question.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

Listener tcp(const std::string& address, std::uint16_t port = 80, bool dual = false) {
  Listener listener;
  listener.address = asio::ip::make_address(address);
  listener.port = port;
  listener.dual_stack = dual;
  return listener;
}

ListenerQuestion about(const std::string& address) {
  ListenerQuestion question;
  question.port = 80;
  question.both_wildcards = address == "*";
  if (!address.empty() && address != "*") {
    question.address = asio::ip::make_address(address);
  }
  return question;
}

std::string texts(const std::vector<Listener>& listeners) {
  std::string text;
  for (const Listener& listener : listeners) {
    text += (text.empty() ? "" : " ") + to_string(listener);
  }
  return text;
}

TEST(ListenerQuestionTest, SelectsWhoGetsWhatIsSentThere) {
  const Listener v4 = tcp("0.0.0.0");
  const Listener v6 = tcp("::");
  const Listener dual = tcp("::", 80, true);
  const Listener local = tcp("127.0.0.1");
  const Listener local6 = tcp("::1");
  const Listener lan = tcp("192.0.2.7");
  struct Case {
    std::string address;
    std::vector<Listener> listeners;
    std::string takers;
    std::string shadows;
    std::string elsewhere;
    std::string missing_family;
  };
  const Case cases[] = {
      {"", {}, "", "", "", ""},
      {"", {local, lan}, "127.0.0.1:80 192.0.2.7:80", "", "", ""},
      {"127.0.0.1", {local, lan}, "127.0.0.1:80", "", "192.0.2.7:80", ""},
      {"127.0.0.1", {v4}, "0.0.0.0:80", "", "", ""},
      {"127.0.0.1", {dual}, "*:80", "", "", ""},
      {"127.0.0.1", {v6}, "", "", "[::]:80", ""},
      // What is bound to the address itself wins over the wildcard.
      {"127.0.0.1", {v4, local}, "127.0.0.1:80", "", "0.0.0.0:80", ""},
      {"127.0.0.1", {v4, dual}, "0.0.0.0:80", "", "*:80", ""},
      {"192.0.2.7", {local}, "", "", "127.0.0.1:80", ""},
      {"::1", {v4, v6}, "[::]:80", "", "0.0.0.0:80", ""},
      {"::1", {v4}, "", "", "0.0.0.0:80", ""},
      {"0.0.0.0", {v4, local, local6}, "0.0.0.0:80", "127.0.0.1:80", "[::1]:80", ""},
      {"0.0.0.0", {dual}, "*:80", "", "", ""},
      {"0.0.0.0", {local}, "", "", "127.0.0.1:80", ""},
      {"::", {dual, local6, local}, "*:80", "[::1]:80", "127.0.0.1:80", ""},
      {"*", {dual}, "*:80", "", "", ""},
      {"*", {v4, v6}, "0.0.0.0:80 [::]:80", "", "", ""},
      {"*", {v4, local6}, "0.0.0.0:80", "[::1]:80", "", "IPv6"},
      {"*", {v6}, "[::]:80", "", "", "IPv4"},
      {"*", {local}, "", "", "127.0.0.1:80", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.address + " of " + texts(c.listeners));
    const ListenerSelection selection = select_listeners(about(c.address), c.listeners);
    EXPECT_EQ(texts(selection.takers), c.takers);
    EXPECT_EQ(texts(selection.shadows), c.shadows);
    EXPECT_EQ(texts(selection.elsewhere), c.elsewhere);
    EXPECT_EQ(selection.missing_family, c.missing_family);
  }
}

TEST(ListenerQuestionTest, LeavesOutOtherPortsAndProtocols) {
  Listener udp = tcp("0.0.0.0");
  udp.protocol = SocketProtocol::kUdp;
  const ListenerSelection selection = select_listeners(about(""), {udp, tcp("0.0.0.0", 81)});
  EXPECT_TRUE(selection.takers.empty() && selection.elsewhere.empty());
}

TEST(ListenerQuestionTest, KnowsTheWayToAListener) {
  EXPECT_EQ(way_to(tcp("0.0.0.0"))->to_string(), "127.0.0.1");
  EXPECT_EQ(way_to(tcp("::", 80, true))->to_string(), "127.0.0.1");
  EXPECT_EQ(way_to(tcp("::"))->to_string(), "::1");
  EXPECT_EQ(way_to(tcp("192.0.2.7"))->to_string(), "192.0.2.7");
  Listener bound = tcp("0.0.0.0");
  bound.interface = 2;
  EXPECT_FALSE(way_to(bound));
}

TEST(ListenerTest, OverlapsWhereBothCannotBeBound) {
  struct Case {
    Listener a;
    Listener b;
    bool overlap;
  };
  Listener on_two = tcp("0.0.0.0");
  on_two.interface = 2;
  Listener on_three = tcp("0.0.0.0");
  on_three.interface = 3;
  const Case cases[] = {
      {tcp("127.0.0.1"), tcp("127.0.0.1"), true},
      {tcp("127.0.0.1"), tcp("127.0.0.1", 81), false},
      {tcp("127.0.0.1"), tcp("127.0.0.2"), false},
      {tcp("0.0.0.0"), tcp("127.0.0.1"), true},
      {tcp("0.0.0.0"), tcp("::1"), false},
      {tcp("::"), tcp("127.0.0.1"), false},
      {tcp("::", 80, true), tcp("127.0.0.1"), true},
      {tcp("::", 80, true), tcp("0.0.0.0"), true},
      {tcp("::"), tcp("0.0.0.0"), false},
      {tcp("::"), tcp("::1"), true},
      {on_two, on_three, false},
      {on_two, tcp("0.0.0.0"), true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(to_string(c.a) + " and " + to_string(c.b));
    EXPECT_EQ(overlap(c.a, c.b), c.overlap);
    EXPECT_EQ(overlap(c.b, c.a), c.overlap);
  }
}

}  // namespace
}  // namespace hale::checks
