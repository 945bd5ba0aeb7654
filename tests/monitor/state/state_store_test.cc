#include "monitor/state/state_store.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

TEST(StateStoreTest, GivesBackWhatWasPut) {
  StateStore store;
  EXPECT_TRUE(store.section("pauses").empty());
  EXPECT_TRUE(store.put("pauses", "web", {"a", "b"}));
  EXPECT_TRUE(store.put("pauses", "db", {}));
  EXPECT_EQ(store.section("pauses"), (StateSection{{"db", {}}, {"web", {"a", "b"}}}));
  EXPECT_TRUE(store.section("findings").empty());
}

TEST(StateStoreTest, CountsChangesAndOnlyChanges) {
  StateStore store;
  store.put("s", "a", {"1"});
  EXPECT_EQ(store.version(), 1U);
  store.put("s", "a", {"1"});
  store.erase("s", "b");
  store.erase("t", "a");
  EXPECT_EQ(store.version(), 1U);
  store.put("s", "a", {"2"});
  EXPECT_EQ(store.version(), 2U);
  store.erase("s", "a");
  EXPECT_EQ(store.version(), 3U);
  EXPECT_TRUE(store.section("s").empty());
}

TEST(StateStoreTest, CountsItsBytesDownAsWellAsUp) {
  StateStore store;
  EXPECT_EQ(store.bytes(), 0U);
  store.put("s", "key", {"12345"});
  const std::size_t one = store.bytes();
  EXPECT_GE(one, 8U);
  store.put("s", "other", {"12345"});
  store.put("s", "key", {"1"});
  store.put("s", "key", {"12345"});
  store.erase("s", "other");
  EXPECT_EQ(store.bytes(), one);
  store.erase("s", "key");
  EXPECT_EQ(store.bytes(), 0U);
}

TEST(StateStoreTest, RefusesWhatDoesNotFitAndKeepsWhatItHas) {
  StateStore store;
  EXPECT_TRUE(store.put("s", "small", {"old"}));
  EXPECT_FALSE(store.put("s", "large", {std::string(StateStore::kMaxBytes, 'x')}));
  EXPECT_FALSE(store.put("s", "small", {std::string(StateStore::kMaxBytes, 'x')}));
  EXPECT_EQ(store.refused(), 2U);
  EXPECT_EQ(store.section("s"), (StateSection{{"small", {"old"}}}));
  EXPECT_EQ(store.version(), 1U);
  EXPECT_TRUE(store.put("s", "fits", {std::string(StateStore::kMaxBytes / 2, 'x')}));
  EXPECT_FALSE(store.put("t", "does not", {std::string(StateStore::kMaxBytes / 2, 'x')}));
  store.erase("s", "fits");
  EXPECT_TRUE(store.put("t", "does now", {std::string(StateStore::kMaxBytes / 2, 'x')}));
}

}  // namespace
}  // namespace hale::monitor
