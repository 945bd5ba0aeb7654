#include "checks/websocket/upgrade.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks::websocket {
namespace {

using monitor::Reason;
using monitor::Result;

TEST(WebSocketUrlTest, IsReadInItsParts) {
  struct Case {
    const char* text;
    bool secure;
    const char* host;
    int port;
    const char* path;
    const char* authority;
  };
  const Case cases[] = {
      {"ws://a", false, "a", 80, "/", "a"},
      {"wss://a/b?c=d", true, "a", 443, "/b?c=d", "a"},
      {"ws://a:8080?x", false, "a", 8080, "/?x", "a:8080"},
      {"wss://[::1]:8443/s", true, "::1", 8443, "/s", "[::1]:8443"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url.has_value());
    EXPECT_EQ(url->secure, c.secure);
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(url->path, c.path);
    EXPECT_EQ(url->authority, c.authority);
  }
  for (const char* const bad :
       {"", "http://a", "ws://", "ws://a b", "ws://a:0", "ws://a:x", "ws://a:70000", "ws://u@a",
        "ws://a/#x", "ws://[::1", "ws://[::1]x", "ws://a\r\nb", "ws://a:"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(parse_url(bad).has_value());
  }
}

const char* const kKey = "the sample nonce";  // RFC 6455 section 1.3

TEST(WebSocketUpgradeTest, KnowsTheAnswerToAKey) {
  EXPECT_EQ(accept_value(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketUpgradeTest, AsksForIt) {
  const Url url = parse_url("ws://a:81/x").value();
  const monitor::TextMap headers = {{"host", {"b"}}, {"X-Key", {"secret", true}}};
  EXPECT_EQ(upgrade_request(url, kKey, "mqtt", headers),
            "GET /x HTTP/1.1\r\nUser-Agent: hale\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: mqtt\r\nhost: b\r\nX-Key: secret\r\n\r\n");
}

TEST(WebSocketUpgradeTest, JudgesAnswers) {
  struct Case {
    const char* what;
    std::string head;
    Result result;
    Reason reason;
    const char* subprotocol = "";
  };
  const std::string upgrade = "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n";
  const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  const std::string begin = "HTTP/1.1 101 Switching Protocols\r\n";
  const Case cases[] = {
      {"good", begin + upgrade + accept, Result::kPass, Reason::kNone},
      {"good protocol", begin + upgrade + accept + "Sec-WebSocket-Protocol: mqtt\r\n",
       Result::kPass, Reason::kNone, "mqtt"},
      {"no protocol", begin + upgrade + accept, Result::kFail, Reason::kValidation, "mqtt"},
      {"unasked protocol", begin + upgrade + accept + "Sec-WebSocket-Protocol: mqtt\r\n",
       Result::kFail, Reason::kValidation},
      {"unasked extension",
       begin + upgrade + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n", Result::kFail,
       Reason::kProtocol},
      {"wrong key", begin + upgrade + "Sec-WebSocket-Accept: abc=\r\n", Result::kFail,
       Reason::kProtocol},
      {"no upgrade", begin + accept, Result::kFail, Reason::kProtocol},
      {"a page", "HTTP/1.1 200 OK\r\n", Result::kFail, Reason::kStatus},
      {"not found", "HTTP/1.1 404\r\n", Result::kFail, Reason::kStatus},
      {"unauthorised", "HTTP/1.1 401 No\r\n", Result::kFail, Reason::kAuth},
      {"too many", "HTTP/1.0 429 Slow\r\n", Result::kUnknown, Reason::kRateLimited},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Answer answer;
    const std::string received = c.head + "\r\n\x81\x00";
    const Judgement judgement = parse_answer(received, answer);
    ASSERT_EQ(judgement.kind, Judgement::Kind::kDone);
    EXPECT_EQ(judgement.size, c.head.size() + 2);
    const auto outcome = judge_answer(answer, kKey, c.subprotocol);
    EXPECT_EQ(outcome ? outcome->result : Result::kPass, c.result);
    EXPECT_EQ(outcome ? outcome->reason : Reason::kNone, c.reason);
  }
}

TEST(WebSocketUpgradeTest, SeesWhatIsNoHttp) {
  using Kind = Judgement::Kind;
  struct Case {
    std::string received;
    Kind kind;
  };
  const Case cases[] = {
      {"", Kind::kMore},
      {"HT", Kind::kMore},
      {"HTTP/1.1 101 x\r\nA: b\r\n", Kind::kMore},
      {"220 mail", Kind::kWrong},
      {"HTTP/2 200\r\n\r\n", Kind::kWrong},
      {"HTTP/1.1 abc\r\n\r\n", Kind::kWrong},
      {"HTTP/1.1 \r\n\r\n", Kind::kWrong},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Kind::kWrong},
      {"HTTP/1.1 200 OK\n\n", Kind::kDone},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x'), Kind::kWrong},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.received.substr(0, 40));
    Answer answer;
    EXPECT_EQ(static_cast<int>(parse_answer(c.received, answer).kind), static_cast<int>(c.kind));
  }
}

}  // namespace
}  // namespace hale::checks::websocket
