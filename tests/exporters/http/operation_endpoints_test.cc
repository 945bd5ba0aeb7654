#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "exporters/http/observe_body.h"
#include "tests/exporters/http/api_fixture.h"

namespace hale::exporters {
namespace {

using testing::ApiWorld;

Response observe(ApiWorld& world, std::string_view body) {
  return std::get<Response>(world.handle("POST", "/api/v1/observe", body));
}

TEST(OperationEndpointsTest, WhatIsObservedCanBeReadAtOnce) {
  ApiWorld world;
  world.get("/api/v1/operations");
  world.get("/metrics");  // kept in memory
  const Response response = observe(
      world,
      R"([{"operation": "llm_chat", "duration_ms": 812, "success": true, "labels": {"model": "x"}},
          {"operation": "llm_chat", "duration_ms": 30000, "success": false, "reason": "timeout",
           "labels": {"model": "x", "user": "joe"}}])");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(*response.body, R"({"taken":2,"rejected":0})");
  const auto view = world.operations.view(world.clock.now());
  ASSERT_EQ(view->operations.size(), 1U);
  EXPECT_EQ(view->operations[0]->labels, (monitor::Labels{{"model", "x"}}));
  EXPECT_EQ(view->operations[0]->passed, 1U);
  EXPECT_EQ(view->operations[0]->failed, 1U);
  EXPECT_DOUBLE_EQ(view->operations[0]->windows[0].min, 0.812);
  EXPECT_NE(world.get("/api/v1/operations").body->find("llm_chat"), std::string::npos);
  EXPECT_NE(
      world.get("/metrics")
          .body->find(R"(hale_operations_total{operation="llm_chat",model="x",result="fail"} 1)"),
      std::string::npos);
}

TEST(OperationEndpointsTest, TakeOneObjectAndTheLeastThatSaysAnything) {
  ApiWorld world;
  EXPECT_EQ(*observe(world, R"( {"operation": "a"})").body, R"({"taken":1,"rejected":0})");
  EXPECT_EQ(*observe(world, "[]").body, R"({"taken":0,"rejected":0})");
  const auto view = world.operations.view(world.clock.now());
  ASSERT_EQ(view->operations.size(), 1U);
  EXPECT_EQ(view->operations[0]->passed, 1U);
  EXPECT_EQ(view->operations[0]->windows[0].samples, 0U);
}

TEST(OperationEndpointsTest, SayWhatIsWrongAndTakeNothingThen) {
  ApiWorld world;
  const struct {
    std::string_view body;
    std::string_view message;
  } tests[] = {
      {"", "the body is not a JSON list of objects"},
      {"7", "the body is not a JSON list of objects"},
      {R"([{"operation": "a"}, 7])", "the body is not a JSON list of objects"},
      {R"([{"operation": "a"}, {"duration_ms": 1}])", R"([1]: \"operation\" is missing)"},
      {R"([{"operation": "a b"}])",
       R"([0]: \"operation\" is no name (write letters, digits, \"_\", \".\", \":\", \"/\", \"-\"))"},
      {R"([{"operation": 7}])", R"([0]: \"operation\" must be a string)"},
      {R"([{"operation": "a", "duration": 1}])",
       R"([0]: unknown key \"duration\"; did you mean \"duration_ms\"?)"},
      {R"([{"operation": "a", "duration_ms": -1}])",
       R"([0]: \"duration_ms\" must be a number from 0 to 4194303000)"},
      {R"([{"operation": "a", "duration_ms": "1"}])",
       R"([0]: \"duration_ms\" must be a number from 0 to 4194303000)"},
      {R"([{"operation": "a", "success": "yes"}])", R"([0]: \"success\" must be true or false)"},
      {R"([{"operation": "a", "success": false, "reason": "timeuot"}])",
       R"([0]: \"reason\": \"timeuot\" is no reason; did you mean \"timeout\"?)"},
      {R"([{"operation": "a", "labels": {"model": 1}}])",
       R"([0]: \"labels.model\" must be a string)"},
  };
  for (const auto& test : tests) {
    SCOPED_TRACE(test.body);
    const Response response = observe(world, test.body);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body->find(test.message), std::string::npos) << *response.body;
  }
  const auto view = world.operations.view(world.clock.now());
  EXPECT_TRUE(view->operations.empty());
  EXPECT_EQ(view->ingest.rejected[1][static_cast<std::size_t>(monitor::Rejection::kMalformed)],
            std::size(tests));
}

TEST(OperationEndpointsTest, CountWhatIsBeyondTheLimit) {
  ApiWorld world;  // three operations at most
  const Response response =
      observe(world, R"([{"operation": "a"}, {"operation": "b"}, {"operation": "c"},
                         {"operation": "d"}, {"operation": "a"}])");
  EXPECT_EQ(*response.body, R"({"taken":4,"rejected":1})");
}

TEST(OperationEndpointsTest, ChangeNothingByGet) {
  ApiWorld world;
  EXPECT_EQ(world.get("/api/v1/observe").status, 405);
  EXPECT_EQ(std::get<Response>(world.handle("POST", "/api/v1/operations")).status, 405);
  EXPECT_EQ(world.get("/api/v1/operations?opration=a").status, 400);
}

}  // namespace
}  // namespace hale::exporters
