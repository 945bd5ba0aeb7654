#include "checks/tls_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using test::check_parameters;
using test::Set;
using List = std::vector<std::string>;

TEST(TlsFactoryTest, LooksAtFilesOrAtAHost) {
  struct Case {
    const char* what;
    std::vector<Set> set;
    const char* key;     // "": accepted
    const char* target;  // or the error's message
  };
  const std::string host = "db.internal";
  const Case cases[] = {
      {"a host", {{"host", host}}, "", "db.internal:443"},
      {"files", {{"files", List{"/a.pem", "/b/*.pem"}}}, "", "/a.pem /b/*.pem"},
      {"nothing", {}, "files", "nothing to look at (write `files`, or `host` and `port`)"},
      {"both",
       {{"host", host}, {"files", List{"/a"}}},
       "host",
       "a check looks at `files` or at a `host`, not at both"},
      {"a relative path",
       {{"files", List{"a.pem"}}},
       "files",
       "\"a.pem\" is not an absolute path (write \"/etc/ssl/a.pem\")"},
      {"a key of many",
       {{"files", List{"/*.pem"}}, {"key_file", std::string("/k")}},
       "key_file",
       "a key belongs to one file (write one path in `files`)"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    monitor::Parameters values = check_parameters(tls_descriptor().keys);
    for (const Set& set : c.set) {
      values.set(set.first, set.second);
    }
    const auto check = tls_descriptor().make(values);
    EXPECT_EQ(check ? "" : check.error().key, c.key);
    EXPECT_EQ(check ? (*check)->target() : check.error().message, c.target);
  }
}

}  // namespace
}  // namespace hale::checks
