#include "monitor/listen_address.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

TEST(ListenAddressTest, ReadsAddresses) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  const Case kCases[] = {
      {"127.0.0.1:4253", "127.0.0.1:4253"},
      {"0.0.0.0:0", "0.0.0.0:0"},
      {"localhost:80", "127.0.0.1:80"},
      {"[::1]:4253", "[::1]:4253"},
      {"[0:0::1]:65535", "[::1]:65535"},
      {"unix:/run/hale/hale.sock", "unix:/run/hale/hale.sock"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(to_string(*address), c.expected);
  }
}

TEST(ListenAddressTest, RefusesWhatIsNone) {
  const std::string long_path = "unix:/" + std::string(107, 'x');
  for (const std::string_view text : {"",
                                      ":",
                                      ":80",
                                      "4253",
                                      ":4253",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:x",
                                      "127.0.0.1:80x",
                                      "example.org:80",
                                      "300.0.0.1:80",
                                      "*:80",
                                      "::1:4253",
                                      "[127.0.0.1]:80",
                                      "[::1]",
                                      "[]:80",
                                      "unix:",
                                      "unix:relative.sock",
                                      "unix:/run/hale/",
                                      long_path.c_str()}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_listen_address(text));
  }
  EXPECT_TRUE(parse_listen_address(long_path.substr(0, long_path.size() - 1)));
}

TEST(ListenAddressTest, ReachesEveryAddressByTheLoopback) {
  const auto reached = [](const std::string& text) {
    const ListenAddress address = parse_listen_address(text).value();
    return to_string(reachable(std::get<asio::ip::tcp::endpoint>(address)));
  };
  EXPECT_EQ(reached("0.0.0.0:80"), "127.0.0.1:80");
  EXPECT_EQ(reached("[::]:80"), "[::1]:80");
  EXPECT_EQ(reached("192.0.2.1:80"), "192.0.2.1:80");
}

}  // namespace
}  // namespace hale::monitor
