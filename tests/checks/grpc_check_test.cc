// What the keys of a grpc check may say, and what its answers mean.
#include "checks/grpc_check.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "checks/grpc/health_answer.h"
#include "checks/grpc/health_message.h"
#include "tests/support/default_parameters.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using monitor::Text;
using monitor::TextMap;

Parameters parameters(const std::string& host) {
  Parameters made = test::default_parameters(grpc_descriptor().keys);
  made.set("host", host);
  made.set("port", std::int64_t{50051});
  return made;
}

TEST(GrpcSettingsTest, TheTargetIsTheServerAndItsService) {
  struct Case {
    std::string host;
    std::string service;
    std::string_view target;
  };
  const std::vector<Case> cases = {
      {"db.internal", "", "db.internal:50051"},
      {"::1", "shop.v1.Orders", "[::1]:50051/shop.v1.Orders"},
      {"10.0.0.1", "", "10.0.0.1:50051"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.target);
    Parameters given = parameters(c.host);
    given.set("service", c.service);
    const auto check = grpc_descriptor().make(given);
    ASSERT_TRUE(check.has_value()) << check.error().message;
    EXPECT_EQ((*check)->target(), c.target);
  }
}

TEST(GrpcSettingsTest, RefusesWhatCannotBe) {
  for (const std::string host :
       {"", "http://h", "h:80", "h/x", "a b", "h?x", "h#x", "u@h", "[::1]"}) {
    SCOPED_TRACE(host);
    const auto check = grpc_descriptor().make(parameters(host));
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().key, "host");
  }
  for (const std::string name : {"grpc-timeout", "a b", ""}) {
    SCOPED_TRACE(name);
    Parameters given = parameters("h");
    given.set("metadata", TextMap{{name, Text{.value = "x"}}});
    const auto check = grpc_descriptor().make(given);
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().key, "metadata");
  }
}

http::Answer answer(int status, const std::string& type) {
  http::Answer made;
  made.status = status;
  made.status_line = "HTTP/2 " + std::to_string(status) + " ";
  made.headers = {{"Content-Type", type}};
  return made;
}

std::string summary(const monitor::Outcome& outcome) {
  return std::string(to_string(outcome.result)) + " " + std::string(to_string(outcome.reason));
}

TEST(GrpcAnswerTest, IsJudged) {
  http::Answer well = answer(200, "application/grpc+proto");
  well.body = std::string("\0\0\0\0\2\x08\x01", 7);
  EXPECT_EQ(summary(grpc::judge(well, "")), "fail protocol") << "it has no grpc-status";
  well.trailers = {{"grpc-status", "0"}};
  EXPECT_EQ(summary(grpc::judge(well, "")), "pass ");
  well.trailers = {{"grpc-status", "x"}};
  EXPECT_EQ(summary(grpc::judge(well, "")), "fail protocol");

  // Without a message, the status stands in the head.
  http::Answer head = answer(200, "application/grpc");
  head.headers.emplace_back("grpc-status", "14");
  EXPECT_EQ(summary(grpc::judge(head, "")), "fail status");
  EXPECT_EQ(grpc::judge(head, "").code, "UNAVAILABLE");

  EXPECT_EQ(summary(grpc::judge(answer(200, "text/html"), "")), "fail protocol");
  EXPECT_EQ(summary(grpc::judge(answer(404, "text/html"), "")), "fail protocol");
  EXPECT_EQ(summary(grpc::judge(answer(403, "text/html"), "")), "fail auth");
  EXPECT_EQ(grpc::judge(answer(403, "text/html"), "").code, "403");
}

}  // namespace
}  // namespace hale::checks
