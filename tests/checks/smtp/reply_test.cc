#include "checks/smtp/reply.h"

#include <string>

#include <gtest/gtest.h>

#include "checks/base64.h"

namespace hale::checks::smtp {
namespace {

TEST(SmtpReplyTest, ReadsReplies) {
  struct Case {
    std::string received;
    Parse parse;
    int code = 0;
    std::size_t lines = 0;
    std::size_t size = 0;
  };
  const Case cases[] = {
      {"", Parse::kMore},
      {"2", Parse::kMore},
      {"220 mail", Parse::kMore},
      {"220 mail\r\n", Parse::kDone, 220, 1, 10},
      {"220 mail\n", Parse::kDone, 220, 1, 9},
      {"250\r\n", Parse::kDone, 250, 1, 5},
      {"250-a\r\n250-b\r\n", Parse::kMore},
      {"250-a\r\n250 b\r\n250 next\r\n", Parse::kDone, 250, 2, 14},
      {"250-a\r\n550 b\r\n", Parse::kWrong},
      {"HTTP/1.1 400\r\n", Parse::kWrong},
      {"+OK\r\n", Parse::kWrong},
      {"25\r\n", Parse::kWrong},
      {"2501 x\r\n", Parse::kWrong},
      {"250\rx\r\n250 y\r\n", Parse::kWrong},
      {"250 " + std::string(4092, 'x') + "\r", Parse::kMore},
      {"250 " + std::string(4092, 'x') + "\r\n", Parse::kDone, 250, 1, 4098},
      {"250 " + std::string(4093, 'x') + "\r", Parse::kWrong},
      {"250 " + std::string(4093, 'x') + "\r\n", Parse::kWrong},
      {"220 " + std::string(5000, 'x'), Parse::kWrong},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.received.substr(0, 40));
    Reply reply;
    std::size_t size = 0;
    EXPECT_EQ(static_cast<int>(parse_reply(c.received, reply, size)), static_cast<int>(c.parse));
    if (c.parse == Parse::kDone) {
      EXPECT_EQ(reply.code, c.code);
      EXPECT_EQ(reply.lines.size(), c.lines);
      EXPECT_EQ(size, c.size);
    }
  }
  std::string endless;
  for (int i = 0; i < 300; ++i) {
    endless += "250-x\r\n";
  }
  Reply reply;
  std::size_t size = 0;
  EXPECT_EQ(static_cast<int>(parse_reply(endless, reply, size)), static_cast<int>(Parse::kWrong));
}

TEST(SmtpReplyTest, KnowsWhatIsOffered) {
  Reply ehlo{
      .code = 250,
      .lines = {"starttls.example greets", "PIPELINING", "StartTLS", "AUTH PLAIN login CRAM-MD5"}};
  EXPECT_TRUE(offers(ehlo, "STARTTLS"));
  EXPECT_FALSE(offers(ehlo, "STARTTLS.EXAMPLE")) << "the first line is a name";
  std::string mechanisms;
  EXPECT_TRUE(offers(ehlo, "AUTH", &mechanisms));
  EXPECT_TRUE(has_word(mechanisms, "LOGIN"));
  EXPECT_FALSE(has_word(mechanisms, "LOG"));
  EXPECT_FALSE(offers(ehlo, "SIZE"));
}

TEST(SmtpReplyTest, IsShownPrintable) {
  EXPECT_EQ(reply_text({.code = 550, .lines = {"a", "no \x07"}}), "550 no \\x07");
  EXPECT_EQ(reply_text({.code = 250, .lines = {""}}), "250");
}

TEST(Base64Test, EncodesAsTheRfcDoes) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace hale::checks::smtp
