#include "checks/mask.h"

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(MaskTest, HidesSecretsThatAreLongEnoughToBeKnown) {
  Mask mask;
  mask.add("sesame");
  mask.add("a");
  EXPECT_EQ(mask.apply("login sesame failed: sesamesesame, a"), "login *** failed: ******, a");
}

TEST(MaskTest, HidesWhatWasSentWithoutItsLineEndsButNoWordsOfTheProtocol) {
  Mask mask;
  mask.add_sent("AUTH ");
  mask.add_sent("hunter2-hunter2\r\n");
  EXPECT_EQ(mask.apply("-ERR AUTH hunter2-hunter2"), "-ERR AUTH ***");
}

}  // namespace
}  // namespace hale::checks
