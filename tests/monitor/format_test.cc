#include "monitor/format.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

TEST(FormatTest, WritesDurationsInTheUnitThatFits) {
  struct Case {
    std::int64_t ns;
    const char* text;
  };
  const Case cases[] = {
      {0, "0 s"},
      {1, "1 ns"},
      {999, "999 ns"},
      {1'000, "1 µs"},
      {42'400, "42 µs"},
      {99'499, "99 µs"},
      {99'500, "0.1 ms"},
      {310'000, "0.3 ms"},
      {1'000'000, "1 ms"},
      {1'940'000, "1.9 ms"},
      {9'960'000, "10.0 ms"},
      {99'949'999, "99.9 ms"},
      {99'950'000, "100 ms"},
      {250'000'000, "250 ms"},
      {812'400'000, "812 ms"},
      {999'499'999, "999 ms"},
      {999'500'000, "1.0 s"},
      {1'000'000'000, "1 s"},
      {1'940'000'000, "1.9 s"},
      {10'000'000'000, "10 s"},
      {59'949'999'999, "59.9 s"},
      {59'950'000'000, "1m"},
      {90'000'000'000, "1m 30s"},
      {3'600'000'000'000, "1h"},
      {7'500'000'000'000, "2h 5m"},
      {7'559'000'000'000, "2h 5m"},
      {86'400'000'000'000, "1d"},
      {273'600'000'000'000, "3d 4h"},
      {-1'940'000, "-1.9 ms"},
      {std::numeric_limits<std::int64_t>::min(), "-106751d 23h"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.ns);
    EXPECT_EQ(format_duration(Duration(c.ns)), c.text);
  }
}

TEST(FormatTest, WritesBytesInPowersOf1024) {
  struct Case {
    double bytes;
    const char* text;
  };
  const Case cases[] = {
      {0, "0 B"},
      {1023, "1023 B"},
      {1024, "1.0 KiB"},
      {1536, "1.5 KiB"},
      {1023.96 * 1024, "1.0 MiB"},
      {12.4 * 1024 * 1024 * 1024, "12.4 GiB"},
      {std::pow(1024.0, 4), "1.0 TiB"},
      {std::pow(1024.0, 7), "1024.0 EiB"},
      {-2048, "-2.0 KiB"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(format_bytes(c.bytes), c.text);
  }
}

TEST(FormatTest, NeverRoundsAShareToNothingOrToAll) {
  struct Case {
    double share;
    const char* text;
  };
  const Case cases[] = {
      {0, "0.0 %"},      {0.0004, "<0.1 %"}, {0.0005, "0.1 %"},   {0.081, "8.1 %"},
      {0.248, "24.8 %"}, {0.999, "99.9 %"},  {0.9996, ">99.9 %"}, {1, "100.0 %"},
      {2.5, "250.0 %"},  {-0.1, "-10.0 %"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.share);
    EXPECT_EQ(format_share(c.share), c.text);
  }
}

TEST(FormatTest, WritesAValueByItsUnit) {
  struct Case {
    Unit unit;
    double value;
    const char* text;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {Unit::kSeconds, 0.0019, "1.9 ms"},
      {Unit::kSeconds, 1e30, "104166d 16h"},
      {Unit::kSeconds, std::nan(""), "not a number"},
      {Unit::kBytes, 1536, "1.5 KiB"},
      {Unit::kBytes, kInfinity, "infinite"},
      {Unit::kRatio, 0.081, "8.1 %"},
      {Unit::kRatio, -kInfinity, "-infinite"},
      {Unit::kNone, 3, "3"},
      {Unit::kNone, -0.0, "0"},
      {Unit::kNone, 12345678, "12345678"},
      {Unit::kNone, 0.5, "0.5"},
      {Unit::kNone, 1.999, "2"},
      {Unit::kNone, 1.234, "1.23"},
      {Unit::kNone, 0.00012345, "0.000123"},
      {Unit::kNone, std::nan(""), "not a number"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(format_value(c.unit, c.value), c.text);
  }
}

}  // namespace
}  // namespace hale::monitor
