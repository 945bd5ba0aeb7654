#include "checks/sys/net_interface.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using test::ProbeFolder;

TEST(NetInterfaceTest, ReadsACard) {
  const ProbeFolder folder;
  folder.write("flags", "0x1003\n");
  folder.write("ifindex", "2\n");
  folder.write("carrier", "1\n");
  folder.write("operstate", "up\n");
  folder.write("speed", "1000\n");
  folder.write("duplex", "full\n");
  folder.write("carrier_changes", "3\n");
  folder.make("device");
  const auto state = read_interface(folder.path());
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->index, 2);
  EXPECT_TRUE(state->switched_on && state->physical);
  EXPECT_FALSE(state->loopback || state->bridge);
  EXPECT_EQ(state->carrier, true);
  EXPECT_EQ(state->speed_bits, 1e9);
  EXPECT_EQ(state->half_duplex, false);
  EXPECT_EQ(state->carrier_changes, 3);
  EXPECT_TRUE(has_link(*state));
}

// The words are those of the kernel's operstates; a speed of -1 or 2^32 - 1 says "unknown".
TEST(NetInterfaceTest, TellsWhetherThereIsALink) {
  struct Case {
    const char* flags;
    const char* carrier;  // null: EINVAL, as while it is switched off
    const char* operation;
    bool link;
  };
  const Case cases[] = {
      {"0x1003", "1", "up", true},
      {"0x1003", "1", "unknown", true},
      {"0x1002", nullptr, "down", false},
      {"0x1003", "0", "down", false},
      {"0x1003", "1", "dormant", false},
      {"0x1003", "0", "lowerlayerdown", false},
      {"0x1003", "1", "testing", false},
      {"0x1003", "1", "notpresent", false},
      {"0x1003", nullptr, "unknown", true},
      {"0x1002", "1", "unknown", false},
      {"0x1003", "garbage", "up\n\x01", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.flags) + " " + c.operation);
    const ProbeFolder folder;
    folder.write("flags", c.flags);
    folder.write("operstate", c.operation);
    folder.write("speed", "4294967295\n");
    folder.write("duplex", "unknown\n");
    if (c.carrier != nullptr) {
      folder.write("carrier", c.carrier);
    }
    const auto state = read_interface(folder.path());
    ASSERT_TRUE(state.has_value());
    EXPECT_EQ(has_link(*state), c.link);
    EXPECT_EQ(state->speed_bits, std::nullopt);
    EXPECT_EQ(state->half_duplex, std::nullopt);
  }
}

TEST(NetInterfaceTest, IsAbsentWithoutFlags) {
  const ProbeFolder folder;
  EXPECT_FALSE(read_interface(folder.path()).has_value());
  for (const char* flags : {"", "4099", "0x", "0xzz", "0x1003 1", "0x100300000000"}) {
    SCOPED_TRACE(flags);
    folder.write("flags", flags);
    EXPECT_FALSE(read_interface(folder.path()).has_value());
  }
}

}  // namespace
}  // namespace hale::checks
