#include "checks/grpc/health_message.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks::grpc {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) {
    text += static_cast<char>(value);
  }
  return text;
}

TEST(GrpcHealthMessageTest, EncodesTheService) {
  EXPECT_EQ(encode_request(""), bytes({0, 0, 0, 0, 0}));
  EXPECT_EQ(encode_request("up"), bytes({0, 0, 0, 0, 4, 0x0A, 2, 'u', 'p'}));
  const std::string long_name(300, 'x');
  EXPECT_EQ(encode_request(long_name), bytes({0, 0, 0, 1, 0x2F, 0x0A, 0xAC, 0x02}) + long_name);
}

TEST(GrpcHealthMessageTest, DecodesTheAnswer) {
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 0})), Serving::kUnknown);
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 2, 8, 1})), Serving::kServing);
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 2, 8, 2})), Serving::kNotServing);
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 2, 8, 3})), Serving::kNoService);
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 2, 8, 99})), Serving::kUnknown);
  // Fields of later versions: a text, a fixed64, a fixed32, a varint, and then the status.
  EXPECT_EQ(decode_response(bytes({0, 0, 0, 0, 22,   0x12, 2, 'x', 'y', 0x19, 1, 2, 3, 4,
                                   5, 6, 7, 8, 0x25, 1,    2, 3,   4,   0x28, 7, 8, 1})),
            Serving::kServing);
}

TEST(GrpcHealthMessageTest, RefusesWhatIsNoAnswer) {
  const std::vector<std::string> wrong = {
      "",
      bytes({0, 0, 0}),
      bytes({1, 0, 0, 0, 2, 8, 1}),           // compressed
      bytes({0, 0, 0, 0, 3, 8, 1}),           // short
      bytes({0, 0, 0, 0, 2, 8, 1, 0}),        // long
      bytes({0, 0xFF, 0xFF, 0xFF, 0xFF, 8}),  // a length that lies
      bytes({0, 0, 0, 0, 1, 8}),
      bytes({0, 0, 0, 0, 2, 8, 0x80}),
      bytes({0, 0, 0, 0, 3, 0x12, 9, 'x'}),
      bytes({0, 0, 0, 0, 2, 0x0B, 1}),  // a group
      bytes({0, 0, 0, 0, 12, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}),
  };
  for (const std::string& body : wrong) {
    EXPECT_FALSE(decode_response(body).has_value()) << testing::PrintToString(body);
  }
}

TEST(GrpcHealthMessageTest, DecodesMessagesAndNamesCodes) {
  EXPECT_EQ(decode_message("50%25 full%0A%"), "50% full\n%");
  EXPECT_EQ(decode_message("%zz%4"), "%zz%4");
  EXPECT_EQ(code_name(0), "OK");
  EXPECT_EQ(code_name(16), "UNAUTHENTICATED");
  EXPECT_EQ(code_name(17), "17");
  EXPECT_EQ(code_name(-1), "-1");
  EXPECT_EQ(timeout_text(1500), "1500m");
  EXPECT_EQ(timeout_text(-3), "1m");
  EXPECT_EQ(timeout_text(1'000'000'000), "99999999m");
}

}  // namespace
}  // namespace hale::checks::grpc
