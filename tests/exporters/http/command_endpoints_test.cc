#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "exporters/http/api.h"
#include "exporters/json/documents.h"
#include "monitor/assert.h"
#include "tests/exporters/http/api_fixture.h"

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using monitor::CommandError;
using monitor::CommandErrorKind;
using testing::ApiWorld;

// Lets the engine have the command, and gives it this answer.
Response finish(Reply reply, ApiWorld& world, const Deferred::Result& result) {
  auto& deferred = std::get<Deferred>(reply);
  std::optional<Deferred::Result> replied;
  deferred.start([&](Deferred::Result answer) { replied = std::move(answer); });
  auto asked = world.commands.take();
  EXPECT_EQ(asked.size(), 1U);
  asked.at(0).reply(result);
  HALE_ASSERT(replied.has_value());
  return deferred.finish(*replied);
}

TEST(CommandEndpointsTest, AskTheEngineOnlyOnceTheServerStarts) {
  ApiWorld world;
  const Reply reply = world.handle("POST", "/api/v1/checks/db/run");
  EXPECT_TRUE(world.commands.take().empty());
  std::get<Deferred>(reply).start([](const Deferred::Result&) {});
  const auto asked = world.commands.take();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].command, "run");
  EXPECT_EQ(asked[0].name, "db");
}

TEST(CommandEndpointsTest, AnswerARunByTheCheckAndTheRun) {
  ApiWorld world;
  const auto db = testing::sample_board()->find("db");
  const Response response = finish(world.handle("POST", "/api/v1/checks/db/run", "{}"), world,
                                   monitor::CommandReply{.check = db, .run = db->last});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(*response.body, command_json(*db, db->last.get()));
}

TEST(CommandEndpointsTest, PassOnWhatAPauseSays) {
  ApiWorld world;
  const Reply reply = world.handle("POST", "/api/v1/checks/web/pause",
                                   R"({"for": "1h30m", "reason": "upgrade", "by": "joe"})",
                                   "Application/JSON; charset=utf-8");
  std::get<Deferred>(reply).start([](const Deferred::Result&) {});
  const auto asked = world.commands.take();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].command, "pause");
  EXPECT_EQ(asked[0].name, "web");
  EXPECT_EQ(asked[0].request.duration, 90min);
  EXPECT_EQ(asked[0].request.reason, "upgrade");
  EXPECT_EQ(asked[0].request.by, "joe");
}

TEST(CommandEndpointsTest, TakeAnEmptyBodyOfAnyType) {
  for (const std::string_view command : {"run", "pause", "resume"}) {
    SCOPED_TRACE(command);
    ApiWorld world;
    const Reply reply =
        world.handle("POST", "/api/v1/checks/web/" + std::string(command), "", "text/plain");
    ASSERT_TRUE(std::holds_alternative<Deferred>(reply));
    std::get<Deferred>(reply).start([](const Deferred::Result&) {});
    EXPECT_EQ(world.commands.take().at(0).command, command);
  }
}

TEST(CommandEndpointsTest, RefuseBodiesThatAreNotMeantForThem) {
  struct Case {
    std::string_view command;
    std::string body;
    std::string_view content_type;
    int status;
    std::string_view message;
  };
  constexpr std::string_view kMediaType =
      "the body must be empty or have the content type application/json";
  const Case kCases[] = {
      {"pause", "for=1h", "application/x-www-form-urlencoded", 415, kMediaType},
      {"pause", "{}", "", 415, kMediaType},
      {"pause", "{}", "application/jsonp", 415, kMediaType},
      {"run", "x", "text/plain", 415, kMediaType},
      {"run", R"({"for": "1h"})", "application/json", 400, R"(unknown key "for")"},
      {"resume", "[]", "application/json", 400, "the body is not a JSON object"},
      {"pause", "{", "application/json", 400, "the body is not a JSON object"},
      {"pause", std::string(64 * 1024 + 1, ' '), "application/json", 413,
       "the body is longer than 64 kB"},
  };
  ApiWorld world;
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.command) + " " + c.body.substr(0, 40));
    const auto response = std::get<Response>(world.handle(
        "POST", "/api/v1/checks/db/" + std::string(c.command), c.body, c.content_type));
    EXPECT_EQ(response.status, c.status);
    EXPECT_NE(response.body->find(error_json("", c.message).substr(20)), std::string::npos)
        << *response.body;
  }
  EXPECT_TRUE(world.commands.take().empty());
}

TEST(CommandEndpointsTest, TellTheEnginesErrorsApart) {
  struct Case {
    CommandErrorKind kind;
    int status;
    std::string_view code;
    bool retry;
  };
  const Case kCases[] = {
      {CommandErrorKind::kNotFound, 404, "not_found", false},
      {CommandErrorKind::kStuck, 409, "stuck", false},
      {CommandErrorKind::kCancelled, 409, "cancelled", false},
      {CommandErrorKind::kStopping, 503, "stopping", true},
      {CommandErrorKind::kOverloaded, 503, "overloaded", true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.code);
    ApiWorld world;
    const Response response =
        finish(world.handle("POST", "/api/v1/checks/db/run"), world,
               std::unexpected(CommandError{.kind = c.kind, .message = "as the engine says"}));
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(*response.body, error_json(c.code, "as the engine says"));
    EXPECT_EQ(response.headers.empty(), !c.retry);
  }
}

TEST(CommandEndpointsTest, WaitAsLongAsARunMayTake) {
  auto slow = testing::make_settings("slow", testing::tcp_type());
  slow->timeout = 60s;
  ApiWorld world;
  auto view = testing::make_board({testing::make_check(slow)});
  view->version = 8;
  world.board.publish(view);
  const auto patience = [&](std::string_view target) {
    return std::get<Deferred>(world.handle("POST", target)).patience;
  };
  EXPECT_EQ(patience("/api/v1/checks/slow/run"), 70s);
  EXPECT_EQ(patience("/api/v1/checks/slow/pause"), 10s);
  EXPECT_EQ(patience("/api/v1/checks/slow/resume"), 10s);
}

}  // namespace
}  // namespace hale::exporters
