// What an HTTP check costs, over a new connection and over TLS, beside the bare epoll loop that
// sends the same request and beside libcurl alone.
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/core.h>

#include "checks/http_check.h"
#include "monitor/assert.h"
#include "tests/bench/bare_curl_loop.h"
#include "tests/bench/bare_exchanges.h"
#include "tests/bench/cpu_comparison.h"
#include "tests/bench/nginx.h"
#include "tests/bench/peer_process.h"
#include "tests/support/certificates.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr monitor::Duration kWarmUp = 2500ms;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 3s;
constexpr const char* kServerName = "bench.test";

CpuTime measure_bare_loop(const Targets& targets) {
  const auto loop = make_bare_gets(targets);
  const CpuTime before = thread_cpu();
  const BareLoopCounts counts = loop->run(kMeasured);
  const CpuTime after = thread_cpu();
  HALE_ASSERT(counts.failed == 0 && counts.timed_out == 0);
  return per_check(before, after, counts.ended());
}

CpuTime measure_curl(const Targets& targets, const CurlSettings& settings) {
  const CpuTime before = thread_cpu();
  const BareLoopCounts counts = run_bare_curl_loop(targets, settings, kMeasured);
  const CpuTime after = thread_cpu();
  HALE_ASSERT(counts.failed == 0);
  return per_check(before, after, counts.ended());
}

CpuTime measure_checks(const Targets& targets, const CurlSettings& tls) {
  const monitor::CheckDescriptor& type = checks::http_descriptor();
  const char* const scheme = tls.server_name.empty() ? "http" : "https";
  CheckEngine engine;
  for (std::size_t i = 0; i < targets.checks; ++i) {
    monitor::Parameters parameters = test::check_parameters(
        type.keys, {{"url", fmt::format("{}://{}:{}/", scheme, host_of(i), targets.port_of(i))}});
    if (!tls.server_name.empty()) {
      test::set_in(parameters, "tls", "server_name", tls.server_name);
      test::set_in(parameters, "tls", "ca_file", tls.ca_file);
    }
    engine.add(settings_of(fmt::format("http-{}", i), type, targets), make_check(type, parameters));
  }
  return measure_engine(engine, kWarmUp, kMeasured);
}

void compare_http() {
  const PeerProcess peer;
  Targets targets;
  targets.checks = 3'000;
  targets.port = peer.ports().http;
  compare(
      {.title = "CPU of one HTTP check",
       .about = fmt::format("{} checks at 1 s, each over a new connection, in turns of {} s "
                            "each: a bare epoll loop that sends a fixed GET and reads the "
                            "answer by its length; libcurl's multi interface alone on epoll, "
                            "an easy handle a request; real engine and check.",
                            targets.checks, kMeasured / 1s),
       .contenders = {{"bare epoll loop", [&] { return measure_bare_loop(targets); }, "40 µs"},
                      {"libcurl alone", [&] { return measure_curl(targets, {}); }, "58 to 72 µs"},
                      {"engine with `http`", [&] { return measure_checks(targets, {}); }, ""}},
       .ratios = {{.to = 0, .wanted = "at most 1.6"}, {.to = 1, .wanted = ""}}});
}

// The system's authorities and ours: as many as a check has to load where nobody says otherwise.
void write_authorities(const std::filesystem::path& file, const std::string& own) {
  std::ofstream out(file);
  if (std::ifstream system("/etc/ssl/certs/ca-certificates.crt"); system) {
    out << system.rdbuf();
  }
  out << own;
}

void compare_https() {
  const ScratchFolder folder;
  const test::MadeCertificate authority = test::make_authority();
  const test::MadeCertificate server(
      {.name = kServerName, .alternative_names = fmt::format("DNS:{}", kServerName)}, &authority);
  std::ofstream(folder.path() / "server.pem") << server.pem();
  std::ofstream(folder.path() / "server.key") << server.key_pem();
  const CurlSettings tls = {.server_name = kServerName, .ca_file = folder.path() / "ca.pem"};
  write_authorities(tls.ca_file, authority.pem());
  const Nginx nginx(
      fmt::format("ssl_certificate {0}/server.pem; ssl_certificate_key {0}/server.key; "
                  "ssl_session_cache off; ssl_session_tickets off; location / {{ return 200 up; }}",
                  folder.path().string()),
      "ssl");
  HALE_ASSERT(nginx.wait_until_it_listens());
  Targets targets;
  targets.checks = 400;
  targets.port = nginx.port();
  compare({.title = "CPU of one HTTPS check",
           .about = fmt::format("{} checks at 1 s, each over a new connection without resumption, "
                                "in turns of {} s each; nginx, TLS 1.3, a certificate on P-256, "
                                "verified against the system's authorities and one more.",
                                targets.checks, kMeasured / 1s),
           .contenders = {{"libcurl alone", [&] { return measure_curl(targets, tls); }, "700 µs"},
                          {"engine with `http`", [&] { return measure_checks(targets, tls); },
                           "at most 800 µs"}},
           .ratios = {{.to = 0, .wanted = ""}}});
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::compare_http();
  if (hale::bench::Nginx::is_installed()) {
    hale::bench::compare_https();
  } else {
    fmt::print("### CPU of one HTTPS check\n\nNot measured: nginx is not installed.\n\n");
  }
  return 0;
}
