#include "exporters/json/operations_document.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/exporters/sample_board.h"
#include "tests/support/golden.h"

namespace hale::exporters {
namespace {

TEST(OperationsDocumentTest, IsAsTheGoldenFileSays) {
  testing::expect_golden("api/operations.json",
                         testing::one_value_a_line(operations_json(*testing::sample_operations())));
}

TEST(OperationsDocumentTest, ShowsOnlyWhatWasAskedFor) {
  const std::vector<std::string> names = {"render", "no such"};
  const std::string json = operations_json(*testing::sample_operations(), names);
  EXPECT_NE(json.find("\"operation\":\"render\""), std::string::npos);
  EXPECT_EQ(json.find("llm_chat"), std::string::npos);
}

TEST(OperationsDocumentTest, IsThereBeforeThereIsAnything) {
  monitor::Operations operations({}, monitor::TimePoint{});
  const std::string json = operations_json(*operations.view(monitor::TimePoint{}));
  EXPECT_TRUE(json.starts_with(R"({"operations":[],"values":[],"max_operations":1000,)")) << json;
}

}  // namespace
}  // namespace hale::exporters
