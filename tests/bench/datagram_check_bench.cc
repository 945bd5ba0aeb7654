// What a question for a name and an echo request cost as checks, beside the bare epoll loop that
// makes the same exchange.
#include <functional>
#include <memory>

#include <fmt/core.h>

#include "checks/dns_check.h"
#include "checks/icmp_check.h"
#include "monitor/assert.h"
#include "tests/bench/bare_exchanges.h"
#include "tests/bench/cpu_comparison.h"
#include "tests/bench/peer_process.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr monitor::Duration kWarmUp = 2500ms;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 3s;

using MakeLoop = std::unique_ptr<BareLoop> (*)(const Targets&);
using ParametersOf = std::function<monitor::Parameters(std::size_t check)>;

CpuTime measure_bare_loop(MakeLoop make_loop, const Targets& targets) {
  const auto loop = make_loop(targets);
  const CpuTime before = thread_cpu();
  const BareLoopCounts counts = loop->run(kMeasured);
  const CpuTime after = thread_cpu();
  HALE_ASSERT(counts.failed == 0 && counts.timed_out == 0);
  return per_check(before, after, counts.ended());
}

CpuTime measure_checks(const monitor::CheckDescriptor& type, const Targets& targets,
                       const ParametersOf& parameters) {
  CheckEngine engine;
  for (std::size_t i = 0; i < targets.checks; ++i) {
    engine.add(settings_of(fmt::format("{}-{}", type.name, i), type, targets),
               make_check(type, parameters(i)));
  }
  return measure_engine(engine, kWarmUp, kMeasured);
}

void compare_dns() {
  const PeerProcess peer;
  Targets targets;
  targets.checks = 3'000;
  targets.port = peer.ports().dns;
  const auto parameters = [&](std::size_t check) {
    return test::check_parameters(checks::dns_descriptor().keys,
                                  {{"name", std::string("example.com")},
                                   {"server", host_of(check)},
                                   {"port", std::int64_t{targets.port_of(check)}}});
  };
  compare({.title = "CPU of one DNS check",
           .about = fmt::format("{} checks at 1 s over UDP, in turns of {} s each.", targets.checks,
                                kMeasured / 1s),
           .contenders = {{"bare epoll loop",
                           [&] { return measure_bare_loop(&make_bare_questions, targets); }, ""},
                          {"engine with `dns`",
                           [&] {
                             return measure_checks(checks::dns_descriptor(), targets, parameters);
                           },
                           ""}},
           .ratios = {{.to = 0, .wanted = ""}}});
}

void compare_icmp() {
  Targets targets;
  targets.checks = 3'000;
  const auto parameters = [&](std::size_t check) {
    return test::check_parameters(checks::icmp_descriptor().keys,
                                  {{"host", host_of(check)}, {"count", std::int64_t{1}}});
  };
  compare(
      {.title = "CPU of one ICMP check",
       .about = fmt::format("{} checks at 1 s of one echo request each, sockets {}, in turns of "
                            "{} s each.",
                            targets.checks, may_ping_by_datagrams() ? "for datagrams" : "raw",
                            kMeasured / 1s),
       .contenders =
           {{"bare epoll loop", [&] { return measure_bare_loop(&make_bare_echoes, targets); }, ""},
            {"engine with `icmp`",
             [&] { return measure_checks(checks::icmp_descriptor(), targets, parameters); }, ""}},
       .ratios = {{.to = 0, .wanted = ""}}});
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::compare_dns();
  hale::bench::compare_icmp();
  return 0;
}
