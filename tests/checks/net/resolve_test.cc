#include "checks/net/resolve.h"

#include <cerrno>

#include <gtest/gtest.h>
#include <netdb.h>

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

TEST(ResolveTest, KnowsAnAddressWhenItSeesOne) {
  for (const char* text : {"127.0.0.1", "::1", "2001:db8::1", "::ffff:127.0.0.1"}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(literal_address(text).has_value());
  }
  for (const char* text : {"", "localhost", "127.0.0", "127.0.0.1.example", "[::1]", "::1:80:x"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(literal_address(text).has_value());
  }
}

TEST(ResolveTest, GivesEachErrorItsReason) {
  struct Case {
    int gai_error;
    int system_error;
    Result result;
    Reason reason;
    const char* code;
  };
  const Case cases[] = {
      {EAI_NONAME, 0, Result::kFail, Reason::kDns, "EAI_NONAME"},
      {EAI_AGAIN, 0, Result::kFail, Reason::kDns, "EAI_AGAIN"},
      {EAI_FAIL, 0, Result::kFail, Reason::kDns, "EAI_FAIL"},
      {EAI_NODATA, 0, Result::kFail, Reason::kDns, "EAI_NODATA"},
      {EAI_ADDRFAMILY, 0, Result::kFail, Reason::kDns, "EAI_ADDRFAMILY"},
      {EAI_SYSTEM, EIO, Result::kFail, Reason::kDns, "EIO"},
      {EAI_SYSTEM, EMFILE, Result::kUnknown, Reason::kAgent, "EMFILE"},
      {EAI_MEMORY, 0, Result::kUnknown, Reason::kAgent, "EAI_MEMORY"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    const Outcome outcome = resolve_failure(c.gai_error, c.system_error, "db.internal");
    EXPECT_EQ(outcome.result, c.result);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.phase, Phase::kResolve);
    EXPECT_EQ(outcome.code, c.code);
    EXPECT_TRUE(outcome.message.starts_with("cannot resolve db.internal: ")) << outcome.message;
  }
}

}  // namespace
}  // namespace hale::checks
