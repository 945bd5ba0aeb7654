#include "checks/tls/failure.h"

#include <string_view>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace hale::checks::tls {
namespace {

using namespace std::string_view_literals;
using monitor::Phase;
using monitor::Reason;

unsigned long ssl_error(int reason) {
  return ERR_PACK(ERR_LIB_SSL, 0, reason);
}

TEST(TlsFailureTest, TellsPeersThatSpeakSomethingElse) {
  struct Case {
    std::string_view first;
    bool tls;
  };
  const Case cases[] = {
      {"", true},
      {"\x16"sv, true},
      {"\x16\x03\x01"sv, true},
      {"\x15\x03\x03"sv, true},
      {"\x16\x02"sv, false},
      {"220 mail"sv, false},
      {"HTTP/1.1"sv, false},
      {"\x80\x2e"sv, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.first);
    EXPECT_EQ(could_be_tls(c.first), c.tls);
    const monitor::Outcome outcome =
        failure_of(ssl_error(SSL_R_WRONG_VERSION_NUMBER), c.first, Phase::kTls);
    EXPECT_EQ(outcome.reason, c.tls ? Reason::kTls : Reason::kProtocol);
    EXPECT_EQ(closed_in_handshake(c.first).reason, c.tls ? Reason::kTls : Reason::kProtocol);
  }
}

TEST(TlsFailureTest, ReadsAlerts) {
  struct Case {
    int alert;
    Reason reason;
  };
  const Case cases[] = {
      {SSL_AD_HANDSHAKE_FAILURE, Reason::kTls},     {SSL_AD_PROTOCOL_VERSION, Reason::kTls},
      {SSL_AD_CERTIFICATE_REQUIRED, Reason::kAuth}, {SSL_AD_BAD_CERTIFICATE, Reason::kAuth},
      {SSL_AD_UNKNOWN_CA, Reason::kAuth},           {SSL_AD_INTERNAL_ERROR, Reason::kTls},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.alert);
    const monitor::Outcome outcome =
        failure_of(ssl_error(SSL_AD_REASON_OFFSET + c.alert), "\x15\x03\x03"sv, Phase::kTransfer);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.phase, Phase::kTransfer);
    EXPECT_FALSE(outcome.code.empty());
  }
}

TEST(TlsFailureTest, HasWordsForAnErrorWithoutAny) {
  EXPECT_EQ(failure_of(0, "", Phase::kTls).message, "TLS failed: no reason given");
}

}  // namespace
}  // namespace hale::checks::tls
