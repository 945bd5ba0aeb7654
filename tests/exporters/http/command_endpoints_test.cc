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
      {CommandErrorKind::kNotRun, 409, "not_run", false},
      {CommandErrorKind::kNotAwaited, 409, "not_awaited", false},
      {CommandErrorKind::kForbidden, 403, "forbidden", false},
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

TEST(CommandEndpointsTest, PassOnWhatAReportSaysAndWhoSaysIt) {
  struct Case {
    std::string_view authorization;
    std::string_view token;
  };
  constexpr Case kCases[] = {
      {"", ""},
      {"Bearer abc.1-2=", "abc.1-2="},
      {"bearer   abc ", "abc"},
      {"Bearer", ""},
      {"Bearer ", ""},
      {"Basic abc", ""},
      {"Bearerabc", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.authorization);
    ApiWorld world;
    const Reply reply = world.api.handle({.method = "POST",
                                          .target = "/api/v1/checks/db/heartbeat",
                                          .content_type = "application/json",
                                          .authorization = c.authorization,
                                          .body = R"({"result": "warn", "message": "late"})"});
    std::get<Deferred>(reply).start([](const Deferred::Result&) {});
    const auto asked = world.commands.take();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].command, "report");
    EXPECT_EQ(asked[0].name, "db");
    EXPECT_EQ(asked[0].token, c.token);
    EXPECT_EQ(asked[0].report.result, monitor::Result::kWarn);
    EXPECT_EQ(asked[0].report.message, "late");
  }
}

TEST(CommandEndpointsTest, AskForATokenWhereNoneWasShown) {
  const auto answer = [](std::string_view authorization) {
    ApiWorld world;
    return finish(world.api.handle({.method = "POST",
                                    .target = "/api/v1/checks/db/heartbeat",
                                    .content_type = "",
                                    .authorization = authorization,
                                    .body = ""}),
                  world,
                  std::unexpected(CommandError{.kind = CommandErrorKind::kForbidden,
                                               .message = "as the engine says"}));
  };
  const Response none = answer("");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(*none.body, error_json("unauthorized", "as the engine says"));
  ASSERT_EQ(none.headers.size(), 1U);
  EXPECT_EQ(none.headers[0], (std::pair<std::string, std::string>("WWW-Authenticate", "Bearer")));
  const Response wrong = answer("Bearer guess");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(*wrong.body, error_json("forbidden", "as the engine says"));
}

TEST(CommandEndpointsTest, RefuseReportsThatCannotBeRead) {
  ApiWorld world;
  const auto status = [&](std::string_view target, std::string_view body) {
    return std::get<Response>(world.handle("POST", target, body)).status;
  };
  EXPECT_EQ(status("/api/v1/checks/dbb/heartbeat", ""), 404);
  EXPECT_EQ(status("/api/v1/checks/db/heartbeat", R"({"state": "begun"})"), 400);
  EXPECT_EQ(status("/api/v1/checks/db/heartbeat?state=start", ""), 400);
  EXPECT_TRUE(world.commands.take().empty());
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
