// Redirects: where they lead, what goes along, and where they end.
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/http_probe.h"
#include "tests/support/scripted_server.h"

namespace hale::checks {
namespace {

using monitor::Reason;
using monitor::Result;
using monitor::Secret;
using monitor::Text;
using monitor::TextMap;
using std::chrono::seconds;
using test::http_answer;
using test::HttpProbe;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;

std::string redirect_to(const std::string& location, const std::string& status = "302 Found") {
  return http_answer("", status, "Location: " + location + "\r\n");
}

// Answers "/" with a redirect, everything else with 200, and keeps what it was asked.
class Redirector {
 public:
  explicit Redirector(std::string answer = "")
      : server_([this, answer](ScriptedPeer& peer) {
          std::string request = peer.read_request();
          const bool root = request.contains(" / ");
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
          }
          peer.send(root && !answer.empty() ? answer : http_answer("arrived"));
        }) {}

  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
    return server_.url(path, host);
  }
  std::string request(std::size_t i) {
    const std::lock_guard lock(mutex_);
    return i < requests_.size() ? requests_[i] : "";
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;
  ScriptedServer server_;
};

HttpProbe with_credentials(const std::string& url) {
  HttpProbe probe(url);
  probe.with("bearer_token", Secret{"sesame-open"});
  probe.with("headers",
             TextMap{{"X-Key", Text{.value = "inline"}}, {"Accept", Text{.value = "text/plain"}}});
  return probe;
}

TEST(HttpRedirectTest, AreFollowedToTheEnd) {
  Redirector server(redirect_to("/there?x=y#z"));
  ProbeWorld world;
  const ProbeRun run = with_credentials(server.url()).run(world, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_TRUE(server.request(1).starts_with("GET /there?x=y HTTP/1.1\r\n"));
  EXPECT_TRUE(server.request(1).contains("Authorization: Bearer sesame-open\r\n"))
      << "the same host may have them";
  EXPECT_TRUE(server.request(1).contains("X-Key: inline\r\n"));
}

TEST(HttpRedirectTest, AreLeftAloneWhereTheUserSaysSo) {
  Redirector server(redirect_to("/there"));
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url())
                           .with("follow_redirects", false)
                           .expect("status", std::string("302"))
                           .run(world, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_EQ(server.request(1), "");
}

TEST(HttpRedirectTest, TakeNoCredentialsToAnotherHostOrPort) {
  Redirector stranger;
  for (const std::string& target : {stranger.url("/x"), stranger.url("/x", "localhost"),
                                    "http://user:pw@" + stranger.url("/x").substr(7)}) {
    SCOPED_TRACE(target);
    Redirector server(redirect_to(target));
    Redirector fresh;
    ProbeWorld world;
    const ProbeRun run = with_credentials(server.url()).run(world, seconds(5));
    EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string request = stranger.request(i);
    EXPECT_TRUE(request.starts_with("GET /x ")) << request;
    EXPECT_TRUE(request.contains("Accept: text/plain\r\n"));
    EXPECT_FALSE(request.contains("Authorization")) << request;
    EXPECT_FALSE(request.contains("sesame"));
    EXPECT_FALSE(request.contains("X-Key"));
  }
}

TEST(HttpRedirectTest, TakeNoBodyToAStranger) {
  Redirector stranger;
  Redirector server(redirect_to(stranger.url("/x"), "307 Temporary Redirect"));
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url())
                           .with("method", std::string("POST"))
                           .with("body", Secret{"password=hunter2"})
                           .run(world, seconds(5));
  EXPECT_EQ(run.result.outcome.reason, Reason::kStatus);
  EXPECT_TRUE(run.result.outcome.message.contains("which was not followed: the request's body"))
      << run.result.outcome.message;
  EXPECT_EQ(stranger.request(0), "");
}

TEST(HttpRedirectTest, EndInALoopOrAtTheLimit) {
  Redirector loop(redirect_to("/"));
  ProbeWorld world;
  ProbeRun run = HttpProbe(loop.url()).run(world, seconds(5));
  EXPECT_EQ(run.result.outcome.reason, Reason::kStatus);
  EXPECT_EQ(run.result.outcome.code, "302");
  EXPECT_TRUE(run.result.outcome.message.contains("it is a loop")) << run.result.outcome.message;

  int count = 0;
  const ScriptedServer endless([&count](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(redirect_to("/" + std::to_string(++count)));
  });
  run = HttpProbe(endless.url()).with("max_redirects", std::int64_t{3}).run(world, seconds(5));
  EXPECT_TRUE(run.result.outcome.message.contains("more than 3 redirects"))
      << run.result.outcome.message;
  EXPECT_EQ(count, 4);
}

TEST(HttpRedirectTest, AreNotFollowedOutOfTheWeb) {
  for (const std::string& target :
       {std::string("file:///etc/passwd"), std::string("gopher://127.0.0.1:70/"),
        std::string("javascript:alert(1)"), std::string("http://"), std::string("//")}) {
    SCOPED_TRACE(target);
    Redirector server(redirect_to(target));
    ProbeWorld world;
    const ProbeRun run = HttpProbe(server.url()).run(world, seconds(5));
    EXPECT_EQ(run.result.outcome.result, Result::kFail);
    EXPECT_EQ(run.result.outcome.reason, Reason::kStatus) << run.result.outcome.message;
  }
}

}  // namespace
}  // namespace hale::checks
