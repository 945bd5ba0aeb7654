#include "checks/net/connect.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

asio::error_code system_error(int error) {
  return {error, asio::error::get_system_category()};
}

TEST(ConnectFailureTest, GivesEachErrorItsReason) {
  struct Case {
    int error;
    Result result;
    Reason reason;
    const char* code;
  };
  const Case cases[] = {
      {ECONNREFUSED, Result::kFail, Reason::kRefused, "ECONNREFUSED"},
      {ECONNRESET, Result::kFail, Reason::kReset, "ECONNRESET"},
      {ECONNABORTED, Result::kFail, Reason::kReset, "ECONNABORTED"},
      {ENETUNREACH, Result::kFail, Reason::kUnreachable, "ENETUNREACH"},
      {EHOSTUNREACH, Result::kFail, Reason::kUnreachable, "EHOSTUNREACH"},
      {ENETDOWN, Result::kFail, Reason::kUnreachable, "ENETDOWN"},
      {ENOPROTOOPT, Result::kFail, Reason::kUnreachable, "ENOPROTOOPT"},
      {ETIMEDOUT, Result::kFail, Reason::kTimeout, "ETIMEDOUT"},
      {EPROTO, Result::kFail, Reason::kProtocol, "EPROTO"},
      {EMFILE, Result::kUnknown, Reason::kAgent, "EMFILE"},
      {ENFILE, Result::kUnknown, Reason::kAgent, "ENFILE"},
      {ENOBUFS, Result::kUnknown, Reason::kAgent, "ENOBUFS"},
      {ENOMEM, Result::kUnknown, Reason::kAgent, "ENOMEM"},
      {EADDRNOTAVAIL, Result::kUnknown, Reason::kAgent, "EADDRNOTAVAIL"},
      {EACCES, Result::kUnknown, Reason::kPermission, "EACCES"},
      {EPERM, Result::kUnknown, Reason::kPermission, "EPERM"},
      {EAFNOSUPPORT, Result::kUnknown, Reason::kUnsupported, "EAFNOSUPPORT"},
      {EINVAL, Result::kUnknown, Reason::kUnsupported, "EINVAL"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    const Outcome outcome = connect_failure(system_error(c.error), "[::1]:80: ");
    EXPECT_EQ(outcome.result, c.result);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.phase, Phase::kConnect);
    EXPECT_EQ(outcome.code, c.code);
    EXPECT_TRUE(outcome.message.starts_with("[::1]:80: ")) << outcome.message;
    EXPECT_GT(outcome.message.size(), 15U);
  }
}

TEST(ConnectFailureTest, SaysHowLongNothingCameBack) {
  const Outcome outcome = connect_timeout(std::chrono::seconds(2));
  EXPECT_EQ(outcome.reason, Reason::kTimeout);
  EXPECT_EQ(outcome.message, "no answer within 2 s");
}

TEST(ConnectFailureTest, OfSeveralTheMostTellingOneDecides) {
  const Outcome timeout = connect_timeout(std::chrono::seconds(2), "a: ");
  const Outcome reset = connect_failure(system_error(ECONNRESET), "b: ");
  const Outcome refused = connect_failure(system_error(ECONNREFUSED), "c: ");
  const Outcome odd = connect_failure(system_error(EPROTO), "d: ");
  const Outcome unreachable = connect_failure(system_error(ENETUNREACH), "e: ");
  const Outcome not_tried = connect_failure(system_error(EADDRNOTAVAIL), "f: ");
  const std::vector<Outcome> telling = {timeout, reset, refused, odd, unreachable, not_tried};
  for (std::size_t i = 0; i < telling.size(); ++i) {
    for (std::size_t j = i; j < telling.size(); ++j) {
      SCOPED_TRACE(telling[i].message + " / " + telling[j].message);
      const Outcome merged = merge_failures({telling[j], telling[i]});
      EXPECT_EQ(merged.result, telling[i].result);
      EXPECT_EQ(merged.reason, telling[i].reason);
      EXPECT_EQ(merged.code, telling[i].code);
      EXPECT_EQ(merged.message, telling[j].message + "; " + telling[i].message);
    }
  }
}

TEST(EndpointTextTest, PutsAnIPv6AddressInBrackets) {
  EXPECT_EQ(endpoint_text({asio::ip::make_address("127.0.0.1"), 80}), "127.0.0.1:80");
  EXPECT_EQ(endpoint_text({asio::ip::make_address("::1"), 65535}), "[::1]:65535");
}

}  // namespace
}  // namespace hale::checks
