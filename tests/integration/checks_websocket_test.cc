// The websocket check against servers that are wrong in one way each.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "checks/websocket/upgrade.h"
#include "checks/websocket_check.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_run;
using test::Expected;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TypeProbe;

TypeProbe probe(std::uint16_t port, const std::string& scheme = "ws") {
  return {websocket_descriptor(),
          {{"url", scheme + "://127.0.0.1:" + std::to_string(port) + "/stream"}}};
}

std::string frame(unsigned char first, const std::string& payload) {
  return std::string(1, static_cast<char>(first)) +
         std::string(1, static_cast<char>(payload.size())) + payload;
}

std::string decoded(const std::string& text) {
  std::string data(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  data.resize(static_cast<std::size_t>(size));
  return data.substr(0, 16);  // a key is of 16 bytes
}

bool upgrade(ScriptedPeer& peer) {
  const std::string request = peer.read_request();
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t at = request.find(name);
  if (at == std::string::npos) {
    return false;
  }
  const std::string key = request.substr(at + name.size(), 24);
  return peer.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
      websocket::accept_value(decoded(key)) + "\r\n\r\n");
}

// The payload of a client's short frame; "" at the end.
std::string read_frame(ScriptedPeer& peer) {
  const std::string head = peer.read_exactly(6);
  if (head.size() < 6) {
    return "";
  }
  std::string payload = peer.read_exactly(static_cast<unsigned char>(head[1]) & 0x7FU);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ head[2 + i % 4]);
  }
  return payload;
}

TEST(WebSocketTest, UpgradesAndTalks) {
  std::string heard;
  std::string pong;
  std::string closed;
  {
    const ScriptedServer server([&](ScriptedPeer& peer) {
      upgrade(peer);
      heard = read_frame(peer);
      peer.drip(frame(0x81, "welcome") + frame(0x89, "are you there"), milliseconds(1));
      pong = read_frame(peer);
      peer.send(frame(0x01, "po") + frame(0x80, "ng"));
      closed = read_frame(peer);
    });
    ProbeWorld world;
    TypeProbe asking = probe(server.port());
    asking.send("ping").expect("^pong$");
    expect_run(asking.run(world, seconds(5)), {.message = "answered as expected in "});
  }
  EXPECT_EQ(heard, "ping");
  EXPECT_EQ(pong, "are you there");
  EXPECT_EQ(closed, "\x03\xe8");
}

TEST(WebSocketTest, SpeaksTls) {
  const MadeCertificate authority = test::make_authority();
  const test::ProbeFolder folder;
  const MadeCertificate made({}, &authority);
  const ScriptedServer server(made, [](ScriptedPeer& peer) {
    upgrade(peer);
    peer.wait_until_closed();
  });
  ProbeWorld world;
  TypeProbe asking = probe(server.port(), "wss");
  asking.tls("ca_file", folder.write("ca.pem", authority.pem()));
  const ProbeRun run = asking.run(world, seconds(5));
  expect_run(run, {.message = "TLSv1.3"});
  EXPECT_TRUE(measured(run, "certificate_expires_in").has_value());
  expect_run(probe(server.port(), "wss").run(world, seconds(5)),
             {Result::kFail, Reason::kCertificate, Phase::kTls});
  // A TLS server that hears HTTP resets, or sends an alert before that.
  const ProbeRun plain = probe(server.port(), "ws").run(world, seconds(5));
  EXPECT_EQ(plain.result.outcome.result, Result::kFail);
  EXPECT_EQ(plain.result.outcome.phase, Phase::kFirstByte);
}

struct Case {
  const char* what;
  ScriptedServer::Script script;
  Expected expected;
};

TEST(WebSocketTest, SaysHowAnUpgradeIsWrong) {
  const auto answer = [](std::string text) {
    return [text = std::move(text)](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(text);
    };
  };
  const Case cases[] = {
      {"not found",
       answer("HTTP/1.1 404 Not Found\r\n\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "got 404 Not Found", "404"}},
      {"forbidden",
       answer("HTTP/1.1 403 Forbidden\r\n\r\n"),
       {Result::kFail, Reason::kAuth, Phase::kFirstByte, "", "403"}},
      {"wrong accept",
       answer("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: x\r\n\r\n"),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "not the answer to our key"}},
      {"mail server",
       answer("220 mail\r\n"),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "does not speak HTTP: it sent \"220"}},
      {"closes",
       answer(""),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "the peer closed", "EOF"}},
      {"header bomb",
       answer("HTTP/1.1 101 x\r\nX: " + std::string(100000, 'x')),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "longer than 16 KiB"}},
      {"drips",
       [](ScriptedPeer& peer) {
         peer.drip("HTTP/1.1 101 Switching Protocols\r\nX: " + std::string(5000, 'x'),
                   milliseconds(5));
       },
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte, "no whole answer"}},
      {"silent",
       [](ScriptedPeer& peer) { peer.wait_until_closed(); },
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte, "no answer within"}},
      {"resets",
       [](ScriptedPeer& peer) {
         peer.read_request();
         peer.reset();
       },
       {Result::kFail, Reason::kReset, Phase::kFirstByte}},
  };
  ProbeWorld world;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(c.script);
    expect_run(probe(server.port()).run(world, seconds(1)), c.expected);
  }
}

TEST(WebSocketTest, SaysHowMessagesAreWrong) {
  const auto say = [](std::string bytes) {
    return [bytes = std::move(bytes)](ScriptedPeer& peer) {
      upgrade(peer);
      peer.send(bytes);
      peer.wait_until_closed();
    };
  };
  std::string flood;
  for (int i = 0; i < 1500; ++i) {
    flood += frame(0x81, "no");
  }
  const Case cases[] = {
      {"other messages",
       say(frame(0x81, "hello") + frame(0x81, "there")),
       {Result::kFail, Reason::kValidation, Phase::kTransfer,
        "step 1 of 1: expected a message /^pong/, got 2 others, the last: \"there\""}},
      {"no messages",
       say(""),
       {Result::kFail, Reason::kTimeout, Phase::kTransfer, "expected a message /^pong/, got none"}},
      {"a message without end",
       say("\x01\x01x"),
       {Result::kFail, Reason::kTimeout, Phase::kTransfer, "got none"}},
      {"closes with a code",
       say(frame(0x88,
                 "\x03\xf3"
                 "oops")),
       {Result::kFail, Reason::kStatus, Phase::kTransfer, "closed with code 1011 \"oops\"",
        "1011"}},
      {"text that is not UTF-8",
       say(frame(0x81, "pong\xff")),
       {Result::kFail, Reason::kProtocol, Phase::kTransfer, "a text message is not UTF-8"}},
      {"closes with bytes that are not UTF-8",
       say(frame(0x88, "\x03\xf3\xc3(")),
       {Result::kFail, Reason::kProtocol, Phase::kTransfer, "a close frame's reason is not UTF-8"}},
      {"breaks the framing",
       say(frame(0xf1, "x")),
       {Result::kFail, Reason::kProtocol, Phase::kTransfer, "a frame has reserved bits set"}},
      {"announces too much",
       say(std::string("\x81\x7f\0\0\0\0\x7f\xff\xff\xff", 10)),
       {Result::kFail, Reason::kProtocol, Phase::kTransfer, "longer than 64.0 KiB", "TOO_LONG"}},
      {"floods with others",
       say(flood),
       {Result::kFail, Reason::kValidation, Phase::kTransfer, "none of 1000 messages"}},
      {"closes the connection",
       [](ScriptedPeer& peer) { upgrade(peer); },
       {Result::kFail, Reason::kProtocol, Phase::kTransfer, "the peer closed", "EOF"}},
  };
  ProbeWorld world;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(c.script);
    TypeProbe asking = probe(server.port());
    asking.expect("^pong");
    expect_run(asking.run(world, seconds(1)), c.expected);
  }
}

}  // namespace
}  // namespace hale::checks
