#include "checks/conflicts/port_claim.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using Ports = std::vector<std::uint16_t>;

TEST(PortClaimTest, FindsThePortInWhatProgramsSay) {
  struct Row {
    std::string_view line;
    std::optional<std::uint16_t> port;
  };
  const std::vector<Row> rows = {
      {"listen tcp :9100: bind: address already in use", 9100},
      {"2026/11/21 10:02:33 listen tcp 127.0.0.1:9100: bind: address already in use", 9100},
      {"2026-11-21T10:02:33.123Z ERROR bind [::]:8443: Address already in use (os error 98)", 8443},
      {"Error: listen EADDRINUSE: address already in use :::3000", 3000},
      {"bind() to 0.0.0.0:80 failed (98: Address already in use)", 80},
      {"(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80", 80},
      {"OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 9100): "
       "address already in use",
       9100},
      {"Could not create server TCP listening socket *:6379: bind: Address already in use", 6379},
      {"Web server failed to start. Port 8080 was already in use.", 8080},
      {"Bind for 0.0.0.0:5000 failed: port is already allocated", 5000},
      {"OSError: [Errno 98] Address already in use", std::nullopt},
      {"cannot bind: port=70000 address already in use", std::nullopt},
      {"main.go:22: listen tcp :9100: bind: address already in use", 9100},
      {"Error: listen EADDRINUSE :::3000 at Server.setup [as _listen2] (node:net:80:16)", 3000},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.line);
    const InUse found = address_in_use(row.line);
    EXPECT_TRUE(found.said);
    EXPECT_EQ(found.port, row.port);
  }
}

TEST(PortClaimTest, TakesNoOtherLineForATakenAddress) {
  for (const std::string_view line :
       {"listening on 0.0.0.0:9100", "connection to 10.0.0.1:5432 refused", "port 80 is free",
        "this email address is already registered", ""}) {
    SCOPED_TRACE(line);
    EXPECT_FALSE(address_in_use(line).said);
  }
}

TEST(PortClaimTest, ReadsPlaces) {
  struct Row {
    std::string_view text;
    std::string_view address;
    std::uint16_t port;
    bool dual_stack;
  };
  const std::vector<Row> rows = {
      {"127.0.0.1:80", "127.0.0.1", 80, false},
      {"[::1]:443", "::1", 443, false},
      {":9100", "::", 9100, true},
      {"9100", "::", 9100, true},
      {"*:22", "::", 22, true},
      {"0.0.0.0:22", "0.0.0.0", 22, false},
      {"localhost:8080", "127.0.0.1", 8080, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    Listener place;
    ASSERT_TRUE(parse_place(row.text, place));
    EXPECT_EQ(place.address.to_string(), row.address);
    EXPECT_EQ(place.port, row.port);
    EXPECT_EQ(place.dual_stack, row.dual_stack);
  }
  for (const std::string_view text :
       {"", ":", "0", "65536", "http", "example.org:80", "1.2.3:80", "::1", "/", "80 "}) {
    SCOPED_TRACE(text);
    Listener place;
    EXPECT_EQ(parse_place(text, place), text == "/") << place.port;
  }
}

Unit service(std::vector<std::string> command) {
  Unit unit;
  unit.name = "a.service";
  unit.service.emplace();
  unit.service->command = std::move(command);
  return unit;
}

TEST(PortClaimTest, GuessesPortsFromACommandLine) {
  struct Row {
    std::vector<std::string> command;
    Ports ports;
  };
  const std::vector<Row> rows = {
      {{"/usr/bin/exporter", "--web.listen-address=:9100"}, {9100}},
      {{"/usr/bin/server", "--port", "8080", "--bind", "0.0.0.0"}, {8080}},
      {{"ssh", "-N", "-p", "22", "host"}, {}},
      {{"mysqld_exporter", "--mysqld.address=localhost:3306", "--web.listen-address=:9104"},
       {9104}},
      {{"server", "--address=:8000"}, {8000}},
      {{"uvicorn", "app:main", "--host", "127.0.0.1", "--port=9100"}, {9100}},
      {{"app", "--db-server-port=5432", "--upstream-addr", "10.0.0.1:80"}, {}},
      {{"app", "--workers", "8080", "--timeout=30"}, {}},
      {{"app", "--listen", "/run/app.sock"}, {}},
      {{"app", "--port"}, {}},
      {{}, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.command.empty() ? "" : row.command.back());
    Ports ports;
    for (const PortClaim& claim : command_claims(service(row.command))) {
      EXPECT_EQ(claim.source, ClaimSource::kCommand);
      ports.push_back(claim.at.port);
    }
    EXPECT_EQ(ports, row.ports);
  }
}

TEST(PortClaimTest, TellsNoArgument) {
  const Unit unit = service({"app", "--admin-port-password=4711", "--port", "9100"});
  for (const auto& claims : {command_claims(unit), possible_claims(unit)}) {
    for (const PortClaim& claim : claims) {
      EXPECT_EQ(claim.detail, "its command line names port " + std::to_string(claim.at.port));
    }
  }
}

TEST(PortClaimTest, TakesWhatASocketUnitListensOn) {
  Unit unit;
  unit.name = "a.socket";
  unit.socket.emplace();
  unit.socket->listen = {{"Stream", "[::]:80"},
                         {"Datagram", "127.0.0.1:53"},
                         {"Stream", "/run/a.sock"},
                         {"Netlink", "route 1"},
                         {"Stream", "vsock:2:1234"}};
  const std::vector<PortClaim> claims = socket_claims(unit);
  ASSERT_EQ(claims.size(), 3U);
  EXPECT_TRUE(claims[0].at.dual_stack);
  EXPECT_EQ(claims[1].at.protocol, SocketProtocol::kUdp);
  EXPECT_EQ(claims[2].at.path, "/run/a.sock");
  unit.socket->bind_ipv6_only = "ipv6-only";
  EXPECT_FALSE(socket_claims(unit)[0].at.dual_stack);
}

}  // namespace
}  // namespace hale::checks
