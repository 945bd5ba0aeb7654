// What it costs to take StatsD: a line of a packed datagram, parsed and recorded; whole processes
// beside Netdata; and what an operation takes in memory.
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <malloc.h>

#include "ingest/statsd_reader.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/markdown_reporter.h"
#include "tests/bench/netdata.h"
#include "tests/bench/udp_load.h"

namespace hale::bench {
namespace {

using ingest::ServiceCheck;
using ingest::StatsdReader;
using monitor::IngestSource;
using monitor::Operations;

constexpr std::size_t kDatagram = 1432;  // what fits into a packet of Ethernet

// Packed datagrams of lines as applications send them, of 50 operations.
struct Sent {
  std::vector<std::string> datagrams;
  std::int64_t lines = 0;
};

Sent packed(std::string_view suffix) {
  Sent sent;
  std::string datagram;
  for (int i = 0; i < 5000; ++i) {
    const std::string line =
        fmt::format("service.operation_{}:{}|ms{}\n", i * 7 % 50, i % 900 + 1, suffix);
    if (datagram.size() + line.size() > kDatagram) {
      sent.datagrams.push_back(std::move(datagram));
      datagram.clear();
    }
    datagram += line;
    ++sent.lines;
  }
  sent.datagrams.push_back(std::move(datagram));
  return sent;
}

void read_all(benchmark::State& state, const Sent& sent, monitor::OperationsSettings settings) {
  monitor::TimePoint now{std::chrono::hours(1)};
  Operations operations(std::move(settings), now);
  StatsdReader reader(operations, 1e-3);
  std::vector<ServiceCheck> checks;
  for (auto _ : state) {
    for (const std::string& datagram : sent.datagrams) {
      now += std::chrono::milliseconds(1);
      Operations::Writer writer(operations, IngestSource::kStatsd, now, {});
      reader.read(datagram, writer, checks);
    }
  }
  state.SetItemsProcessed(state.iterations() * sent.lines);
}

void lines(benchmark::State& state) {
  read_all(state, packed(""), {});
  state.SetLabel("a line of a packed datagram, parsed and recorded, 50 operations");
}

void tagged_lines(benchmark::State& state) {
  monitor::OperationsSettings settings;
  settings.labels = {"model", "env"};
  read_all(state, packed("|#model:small,user:42,env:prod"), std::move(settings));
  state.SetLabel("such a line with three tags, two of them labels");
}

void packed_values(benchmark::State& state) {
  Sent sent;
  std::string line = "service.operation:1";
  for (sent.lines = 1; line.size() < kDatagram - 10; ++sent.lines) {
    line += fmt::format(":{}", sent.lines % 900);
  }
  sent.datagrams.push_back(line + "|d");
  read_all(state, sent, {});
  state.SetLabel("a value of a line that packs 300 and more");
}

void register_all() {
  const auto add = [](const char* name, void (*function)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name, function)->Repetitions(3)->MinTime(0.2);
  };
  add("line", lines);
  add("line, tags", tagged_lines);
  add("packed values", packed_values);
}

// --- whole processes ---

using namespace std::chrono_literals;

std::vector<std::string> single_lines() {
  std::vector<std::string> datagrams;
  for (int i = 0; i < 1000; ++i) {
    datagrams.push_back(fmt::format("service.operation_{}:{}|ms", i * 7 % 50, i % 900 + 1));
  }
  return datagrams;
}

bool listens(std::uint16_t port) {
  for (int i = 0; i < 500; ++i) {
    if (udp_queue(port)) {
      return true;
    }
    wait_for(20ms);
  }
  return false;
}

// ns of the receiver's CPU a line; all of its process counts.
std::string cost(const std::vector<std::string>& datagrams, double lines_each, std::uint16_t port,
                 pid_t receiver) {
  if (!listens(port)) {
    return "not measured: it does not listen";
  }
  send_for(500ms, datagrams, port, receiver);
  const UdpLoad load = send_for(3s, datagrams, port, receiver);
  const double lines = static_cast<double>(load.datagrams - load.dropped) * lines_each;
  std::string text = fmt::format("{:.0f} ns", monitor::to_seconds(load.cpu) * 1e9 / lines);
  if (load.dropped > 0) {
    text += fmt::format(" ({} of {} datagrams dropped)", load.dropped, load.datagrams);
  }
  return text;
}

void print_processes() {
  const Sent sent = packed("");
  const double each = static_cast<double>(sent.lines) / static_cast<double>(sent.datagrams.size());
  fmt::print(
      "### StatsD, whole processes\n\nCPU time of the process that receives, a line: over UDP, as "
      "fast "
      "as it reads.\n\n| datagrams | hale | Netdata |\n|---|---|---|\n");
  const struct {
    std::string name;
    std::vector<std::string> datagrams;
    double lines_each;
  } loads[] = {{fmt::format("packed, {:.0f} lines each", each), sent.datagrams, each},
               {"one line each", single_lines(), 1}};
  for (const auto& load : loads) {
    const std::uint16_t ours_port = free_udp_port();
    std::string ours;
    {
      const AgentProcess agent(
          fmt::format("[http]\nlisten = [\"127.0.0.1:0\"]\n"
                      "[statsd]\nlisten = \"127.0.0.1:{}\"\n",
                      ours_port));
      ours = cost(load.datagrams, load.lines_each, ours_port, agent.pid());
    }
    std::string theirs = "not measured: it is not there";
    if (Netdata::is_installed()) {
      const std::uint16_t port = free_udp_port();
      const Netdata netdata(port);
      theirs = cost(load.datagrams, load.lines_each, port, netdata.pid());
    }
    fmt::print("| {} | {} | {} |\n", load.name, ours, theirs);
  }
  fmt::print("\n");
}

// --- memory ---

// What an operation takes, by malloc's own account, the published view included: after one call,
// and after an hour with `a_slot` of them in each slot of 5 s.
void print_memory(const std::string& what, const std::vector<double>& a_slot) {
  constexpr std::size_t kOperations = 20;
  monitor::TimePoint now{1h};
  const std::size_t before = mallinfo2().uordblks;
  Operations operations({}, now);
  const auto kilobytes = [before] {
    return static_cast<double>(mallinfo2().uordblks - before) / 1e3 / kOperations;
  };
  const auto call = [&](std::span<const double> seconds) {
    for (std::size_t i = 0; i < kOperations; ++i) {
      Operations::Writer writer(operations, IngestSource::kStatsd, now, {});
      writer.time({.operation = "operation_" + std::to_string(i)}, seconds);
    }
    benchmark::DoNotOptimize(operations.view(now));
  };
  call(std::span(a_slot).first(1));
  const double fresh = kilobytes();
  for (const auto end = now + 1h; now < end; now += 5s) {
    call(a_slot);
  }
  fmt::print("| {} | {:.1f} kB | {:.1f} kB |\n", what, fresh, kilobytes());
}

// Log-uniform: the same share of them in every bucket.
std::vector<double> spread(double from, double to, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    values[i] = from * std::pow(to / from, share);
  }
  return values;
}

void print_memory_of_operations() {
  fmt::print("| an operation | after a call | after an hour |\n|---|---|---|\n");
  print_memory("10 calls a second, from 5 to 40 ms", spread(0.005, 0.04, 50));
  print_memory("10 calls a second, from 1 ms to 1 s", spread(0.001, 1, 50));
  print_memory("1,000 calls a second, from 1 us to 48 days",
               spread(1e-6, Operations::kMaxSeconds * 0.99, 5000));
  fmt::print("\n");
}

}  // namespace
}  // namespace hale::bench

int main(int argc, char** argv) {
  hale::bench::register_all();
  const int status = hale::bench::run_benchmarks(argc, argv, "StatsD");
  hale::bench::print_processes();
  hale::bench::print_memory_of_operations();
  return status;
}
