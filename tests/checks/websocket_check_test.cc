#include "checks/websocket_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using monitor::TextMap;
using test::check_parameters;
using test::Set;

TEST(WebSocketFactoryTest, RefusesWhatCannotBe) {
  struct Case {
    const char* what;
    Set set;
    const char* key;  // "": accepted
  };
  const auto& step_keys = test::keys_of(websocket_descriptor().keys, "dialogue");
  using Tables = std::vector<monitor::Parameters>;
  const Case cases[] = {
      {"nothing else", {"subprotocol", std::string()}, ""},
      {"a URL of HTTP", {"url", std::string("https://a")}, "url"},
      {"a header", {"headers", TextMap{{"X-Key", {"x"}}}}, ""},
      {"a header of the protocol",
       {"headers", TextMap{{"Sec-WebSocket-Key", {"x"}}}},
       "headers.Sec-WebSocket-Key"},
      {"two headers in one", {"headers", TextMap{{"X", {"a\r\nY: b"}}}}, "headers.X"},
      {"no header", {"headers", TextMap{{"a b", {"x"}}}}, "headers"},
      {"no protocol", {"subprotocol", std::string("a, b")}, "subprotocol"},
      {"an empty step", {"dialogue", Tables{check_parameters(step_keys)}}, "dialogue[0]"},
      {"a bad expression",
       {"dialogue", Tables{check_parameters(step_keys, {{"expect", std::string("[")}})}},
       "dialogue[0].expect"},
      {"text that is not UTF-8",
       {"dialogue", Tables{check_parameters(step_keys, {{"send", monitor::Secret{"a\xff"}}})}},
       "dialogue[0].send"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    monitor::Parameters values = check_parameters(websocket_descriptor().keys,
                                                  {{"url", std::string("wss://a/b?token=secret")}});
    values.set(c.set.first, c.set.second);
    const auto check = websocket_descriptor().make(values);
    EXPECT_EQ(check ? "" : check.error().key, c.key);
    if (check) {
      EXPECT_EQ((*check)->target(), "wss://a/b") << "a query may hold a secret";
    }
  }
}

}  // namespace
}  // namespace hale::checks
