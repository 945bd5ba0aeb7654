#include "monitor/runtime/random.h"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

TEST(RandomTest, IsSplitMix64) {
  // The reference sequence for the seed 1234567.
  Random random(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
        16408922859458223821U}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(RandomTest, RepeatsItselfFromTheSameSeedOnly) {
  Random a(1);
  Random b(1);
  Random c(2);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t drawn = a.next();
    EXPECT_EQ(drawn, b.next());
    EXPECT_NE(drawn, c.next());
  }
}

TEST(RandomTest, DrawsEveryNumberBelowABoundAboutEquallyOften) {
  Random random(3);
  std::array<int, 10> seen{};
  for (int i = 0; i < 10'000; ++i) {
    ++seen.at(random.below(10));
  }
  for (const int count : seen) {
    EXPECT_GT(count, 850);
    EXPECT_LT(count, 1150);
  }
  EXPECT_EQ(random.below(1), 0U);
}

TEST(RandomTest, AChanceComesTrueAsOftenAsItSays) {
  Random random(4);
  int happened = 0;
  for (int i = 0; i < 10'000; ++i) {
    happened += random.chance(0.3) ? 1 : 0;
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
  }
  EXPECT_GT(happened, 2800);
  EXPECT_LT(happened, 3200);
}

TEST(StableHashTest, IsTheSameInEveryReleaseSinceTheGridsOfAllChecksHangOnIt) {
  EXPECT_EQ(stable_hash(""), 0xf52a15e9a9b5e89bU);
  EXPECT_EQ(stable_hash("web"), 0xc850f03f92a375f3U);
  EXPECT_EQ(stable_hash(std::string("web-1\0web", 9)), 0xc83069b9d5f321baU);
}

TEST(StableHashTest, PutsSimilarNamesFarApart) {
  std::set<std::uint64_t> phases;
  for (int i = 0; i < 1000; ++i) {
    phases.insert(stable_hash("check" + std::to_string(i)) % 10'000);
  }
  // Of 1000 balls in 10,000 bins about 952 bins are hit.
  EXPECT_GT(phases.size(), 920U);
}

}  // namespace
}  // namespace hale::monitor
