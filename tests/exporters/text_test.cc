#include "exporters/text.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

TEST(TextTest, PrintsDoublesAsShortAsTheyReadBack) {
  struct Case {
    double value;
    std::string_view expected;
  };
  const Case kCases[] = {
      {0, "0"},
      {3, "3"},
      {-17, "-17"},
      {0.1, "0.1"},
      {-0.5, "-0.5"},
      {5e10, "50000000000"},
      {1.0 / 3, "0.3333333333333333"},
      {1e22, "1e+22"},
      {9007199254740991.0, "9007199254740991"},
      {1e-7, "1e-07"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expected);
    std::string out;
    append_double(out, c.value);
    EXPECT_EQ(out, c.expected);
  }
}

TEST(TextTest, PrintsScaledIntegersWithoutRounding) {
  struct Case {
    std::int64_t value;
    int decimals;
    int min_decimals;
    std::string_view expected;
  };
  const Case kCases[] = {
      {1763753600200, 3, 1, "1763753600.2"},
      {1763753600000, 3, 1, "1763753600.0"},
      {2000000, 3, 0, "2000"},
      {1234, 3, 0, "1.234"},
      {5, 3, 0, "0.005"},
      {0, 3, 0, "0"},
      {0, 3, 1, "0.0"},
      {-1500, 3, 0, "-1.5"},
      {-5, 3, 0, "-0.005"},
      {42, 0, 0, "42"},
      {1234567, 9, 0, "0.001234567"},
      {std::numeric_limits<std::int64_t>::min(), 9, 0, "-9223372036.854775808"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expected);
    std::string out;
    append_decimal(out, c.value, c.decimals, c.min_decimals);
    EXPECT_EQ(out, c.expected);
  }
}

}  // namespace
}  // namespace hale::exporters
