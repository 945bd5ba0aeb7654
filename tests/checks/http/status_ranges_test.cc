#include "checks/http/status_ranges.h"

#include <string_view>

#include <gtest/gtest.h>

namespace hale::checks::http {
namespace {

TEST(StatusRangesTest, HoldCodesAndRanges) {
  const auto ranges = StatusRanges::parse("200-299, 301,404 - 405");
  ASSERT_TRUE(ranges.has_value()) << ranges.error();
  for (const int status : {200, 250, 299, 301, 404, 405}) {
    EXPECT_TRUE(ranges->contains(status)) << status;
  }
  for (const int status : {0, 100, 199, 300, 302, 403, 406, 999}) {
    EXPECT_FALSE(ranges->contains(status)) << status;
  }
  EXPECT_EQ(ranges->text(), "200-299, 301,404 - 405");
}

TEST(StatusRangesTest, RefuseWhatIsNone) {
  for (const std::string_view text : {"", ",", "200,", "2xx", "99", "1000", "299-200", "200-",
                                      "-200", "200-300-400", "+200", "200;300"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(StatusRanges::parse(text).has_value());
  }
}

}  // namespace
}  // namespace hale::checks::http
