// The http check against nginx: TLS, HTTP/2 with and without it, packed bodies, redirects, and a
// client's certificate.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/certificates.h"
#include "tests/support/http_probe.h"
#include "tests/support/probe_folder.h"
#include "tests/support/server_process.h"

namespace hale::checks {
namespace {

using monitor::Reason;
using monitor::Result;
using monitor::Text;
using monitor::TextMap;
using std::chrono::seconds;
using test::HttpProbe;
using test::ProbeRun;
using test::ProbeWorld;

std::string nginx_program() {
  return test::program_at({HALE_SOURCE_DIR "/build/tools/usr/sbin/nginx", "/usr/sbin/nginx"});
}

class HttpNginxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (nginx_program().empty()) {
      GTEST_SKIP() << "SKIPPED LOUDLY: nginx is not installed";
    }
    const test::MadeCertificate server({}, &authority_);
    folder_.write("server.pem", server.pem());
    folder_.write("server.key", server.key_pem());
    const test::MadeCertificate client({.name = "agent"}, &authority_);
    client_file_ = folder_.write("client.pem", client.pem() + client.key_pem());
    folder_.write("www/page.txt", std::string(200'000, 'x') + "the end");
    folder_.write("www/bomb.txt", std::string(std::size_t{8} << 20U, 'x'));
    folder_.write("www/up.json", R"({"status": "up", "items": [1, 2, 3]})");
    const std::string file = folder_.write("nginx.conf", configuration());
    nginx_ = std::make_unique<test::ServerProcess>(std::vector<std::string>{
        nginx_program(), "-p", folder_.path().string(), "-c", file, "-e", path("error.log")});
    ASSERT_TRUE(nginx_->wait_for(plain_));
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::string configuration() const {
    const auto listen = [](std::uint16_t port, const std::string& how) {
      return "listen 127.0.0.1:" + std::to_string(port) + how + ";\n";
    };
    const std::string tls = "ssl_certificate server.pem; ssl_certificate_key server.key;\n";
    std::string user;
    if (::geteuid() == 0) {
      user = "user root;\n";
    }
    return user +
           "daemon off; master_process off; pid nginx.pid;\n"
           "events { worker_connections 64; }\n"
           "http {\n"
           "access_log off; root www; default_type text/plain;\n"
           "client_body_temp_path tmp1; proxy_temp_path tmp2; fastcgi_temp_path tmp3;\n"
           "uwsgi_temp_path tmp4; scgi_temp_path tmp5;\n"
           "gzip on; gzip_types *; gzip_min_length 1; gzip_http_version 1.0;\n"
           "server {\n" +
           listen(plain_, "") +
           "location /old { return 301 https://127.0.0.1:" + std::to_string(secure_) +
           "/up.json; }\n"
           "}\n"
           "server {\n" +
           listen(clear_h2_, " http2") +
           "}\n"
           "server {\n" +
           listen(secure_, " ssl http2") + tls +
           "}\n"
           "server {\n" +
           listen(old_, " ssl") + tls +
           "}\n"
           "server {\n" +
           listen(mutual_, " ssl") + tls +
           "ssl_client_certificate ca.pem; ssl_verify_client on;\n"
           "}\n"
           "}\n";
  }

  HttpProbe plain(const std::string& name) const {
    return HttpProbe("http://127.0.0.1:" + std::to_string(plain_) + name);
  }
  HttpProbe secure(std::uint16_t port, const std::string& name) const {
    HttpProbe probe("https://127.0.0.1:" + std::to_string(port) + name);
    probe.tls("ca_file", ca_file_);
    return probe;
  }

  test::MadeCertificate authority_ = test::make_authority();
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  std::string client_file_;
  std::uint16_t plain_ = test::free_port();
  std::uint16_t clear_h2_ = test::free_port();
  std::uint16_t secure_ = test::free_port();
  std::uint16_t old_ = test::free_port();
  std::uint16_t mutual_ = test::free_port();
  std::unique_ptr<test::ServerProcess> nginx_;
  ProbeWorld world_;
};

void expect_pass(const ProbeRun& run) {
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
}

double size_of(const ProbeRun& run) {
  for (const monitor::Measurement& measurement : run.result.measurements) {
    if (measurement.name == "size") {
      return measurement.value;
    }
  }
  return -1;
}

TEST_F(HttpNginxTest, UnpacksBodies) {
  const ProbeRun run = plain("/page.txt")
                           .expect("header", TextMap{{"Content-Encoding", Text{.value = "gzip"}}})
                           .expect("body_regex", std::string("x{100}the end$"))
                           .run(world_, seconds(10));
  expect_pass(run);
  EXPECT_EQ(size_of(run), 200'007);
  expect_pass(plain("/page.txt")
                  .with("compressed", false)
                  .expect("body_contains", std::string("the end"))
                  .run(world_, seconds(10)));
}

TEST_F(HttpNginxTest, StopsADecompressionBomb) {
  const ProbeRun run = plain("/bomb.txt").run(world_, seconds(10));
  EXPECT_EQ(run.result.outcome.reason, Reason::kProtocol) << run.result.outcome.message;
  EXPECT_LT(size_of(run), 1.2 * (1 << 20));
}

TEST_F(HttpNginxTest, SpeaksEveryVersion) {
  struct Case {
    std::string version;
    HttpProbe probe;
    Reason reason;
  };
  const std::string up = "/up.json";
  const std::string clear_h2 = "http://127.0.0.1:" + std::to_string(clear_h2_) + up;
  const std::vector<Case> cases = {
      {"1.0", plain(up), Reason::kNone},           {"1.1", plain(up), Reason::kNone},
      {"any", plain(up), Reason::kNone},           {"2", plain(up), Reason::kProtocol},
      {"2", HttpProbe(clear_h2), Reason::kNone},   {"any", secure(secure_, up), Reason::kNone},
      {"1.1", secure(secure_, up), Reason::kNone}, {"2", secure(secure_, up), Reason::kNone},
      {"2", secure(old_, up), Reason::kProtocol},  {"any", secure(old_, up), Reason::kNone},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.version + " " + c.probe.parameters().text("url"));
    HttpProbe probe = c.probe;
    const ProbeRun run = probe.with("http_version", c.version)
                             .expect("json", TextMap{{"len(items)", Text{.value = "== 3"}}})
                             .run(world_, seconds(10));
    EXPECT_EQ(to_string(run.result.outcome.reason), to_string(c.reason))
        << run.result.outcome.message;
  }
}

TEST_F(HttpNginxTest, FollowsFromHttpToHttps) {
  const ProbeRun run = plain("/old")
                           .tls("ca_file", ca_file_)
                           .expect("json", TextMap{{"status", Text{.value = "== 'up'"}}})
                           .run(world_, seconds(10));
  expect_pass(run);
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(secure_));
}

TEST_F(HttpNginxTest, ShowsItsCertificateToWhoAsksForIt) {
  ProbeRun run = secure(mutual_, "/up.json").run(world_, seconds(10));
  EXPECT_EQ(run.result.outcome.code, "400") << run.result.outcome.message;
  run = secure(mutual_, "/up.json").tls("certificate_file", client_file_).run(world_, seconds(10));
  expect_pass(run);
}

TEST_F(HttpNginxTest, PlainRequestsToTlsPortsAreTold) {
  const ProbeRun run =
      HttpProbe("http://127.0.0.1:" + std::to_string(old_) + "/").run(world_, seconds(10));
  EXPECT_EQ(run.result.outcome.code, "400") << run.result.outcome.message;
  EXPECT_TRUE(run.result.excerpt.contains("plain HTTP request was sent to HTTPS port"));
}

TEST_F(HttpNginxTest, LeavesNoDescriptorsBehind) {
  const auto descriptors = [] {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
      ++count;
    }
    return count;
  };
  const auto check = secure(secure_, "/up.json").make();
  expect_pass(world_.run(*check, seconds(10)));
  const int before = descriptors();
  for (int i = 0; i < 30; ++i) {
    expect_pass(world_.run(*check, seconds(10)));
    (void)world_.run_and_cancel(*check, seconds(10), std::chrono::milliseconds(i % 7));
  }
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace hale::checks
