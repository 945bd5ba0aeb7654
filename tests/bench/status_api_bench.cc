// The status API under load from wrk, beside nginx handing out a file of the same size where nginx
// is installed: it is not among hale's packages.
#include <array>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "monitor/assert.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/nginx.h"
#include "tests/bench/peer_process.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::array kPaths = {"/livez", "/healthz", "/api/v1/status?summary", "/api/v1/status",
                               "/metrics"};
constexpr int kConnections = 32;
constexpr int kSeconds = 4;

constexpr const char* kReportScript =
    "done = function(summary, latency, requests)\n"
    "  local e = summary.errors\n"
    "  io.write(string.format('%d %d %d %f %f %d\\n', summary.requests, summary.duration,\n"
    "    summary.bytes, latency:percentile(50), latency:percentile(99),\n"
    "    e.connect + e.read + e.write + e.status + e.timeout))\n"
    "end\n";

struct Load {
  double per_second = 0;
  double mb_per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  std::uint64_t errors = 0;
};

Load run_wrk(const std::filesystem::path& script, const std::string& url) {
  ChildProcess wrk({"wrk", "-t1", "-c" + std::to_string(kConnections),
                    "-d" + std::to_string(kSeconds), "-s", script, url},
                   ChildProcess::Pipe::kOutput);
  std::string last;
  while (auto line = wrk.read_line(30s)) {
    last = std::move(*line);
  }
  std::istringstream numbers(last);
  double requests = 0;
  double microseconds = 0;
  double bytes = 0;
  Load load;
  numbers >> requests >> microseconds >> bytes >> load.p50_ms >> load.p99_ms >> load.errors;
  HALE_ASSERT(!numbers.fail());
  load.per_second = requests / microseconds * 1e6;
  load.mb_per_second = bytes / microseconds;
  load.p50_ms /= 1e3;
  load.p99_ms /= 1e3;
  return load;
}

std::string measure_nginx(const std::filesystem::path& script, const std::string& body) {
  if (!Nginx::is_installed()) {
    return "not installed";
  }
  const ScratchFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  std::ofstream(folder.path() / "body") << body;
  const Nginx nginx(fmt::format("root {};", folder.path().string()));
  if (!nginx.wait_until_it_listens()) {
    return "did not start";
  }
  const Load load = run_wrk(script, fmt::format("http://127.0.0.1:{}/body", nginx.port()));
  return fmt::format("{:.0f}/s, {:.2f} ms", load.per_second, load.p99_ms);
}

void run() {
  const PeerProcess peer;
  Targets targets;
  targets.checks = 1'000;
  targets.port = peer.ports().accepting;
  targets.interval = 10s;
  targets.timeout = 5s;
  AgentProcess agent(tcp_configuration(targets));
  agent.until_all_results();

  const ScratchFolder folder;
  const std::filesystem::path script = folder.path() / "report.lua";
  std::ofstream(script) << kReportScript;
  fmt::print(
      "### Status API\n\n{} checks at 10 s; wrk with one thread, {} connections, {} s a path. "
      "To reach: 60,000/s of the summary, p99 at most 2 ms.\n\n"
      "| path | body | requests | p50 | p99 | volume | nginx, a file of that size (p99) |\n"
      "|---|---|---|---|---|---|---|\n",
      targets.checks, kConnections, kSeconds);
  for (const char* const path : kPaths) {
    const std::string body = agent.get(path);
    const Load load = run_wrk(script, agent.url() + path);
    fmt::print("| {} | {} B | **{:.0f}/s**{} | {:.2f} ms | {:.2f} ms | {:.0f} MB/s | {} |\n", path,
               body.size(), load.per_second,
               load.errors == 0 ? "" : fmt::format(", {} errors", load.errors), load.p50_ms,
               load.p99_ms, load.mb_per_second, measure_nginx(script, body));
    std::fflush(stdout);
    agent.drop_lines();
  }
  fmt::print("\n");
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
