// Each parser by itself, on what it gets to read in practice. Google Benchmark measures; the table
// is ours.
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "checks/builtin_checks.h"
#include "checks/clock/ntp_packet.h"
#include "checks/dns/message.h"
#include "checks/exec/nagios_output.h"
#include "checks/http/expect.h"
#include "checks/kernel/kernel_log.h"
#include "checks/proc/cpu_stats.h"
#include "checks/proc/kernel_stats.h"
#include "checks/proc/net_stats.h"
#include "checks/smtp/reply.h"
#include "config/config.h"
#include "monitor/assert.h"
#include "tests/bench/check_engine.h"
#include "tests/bench/markdown_reporter.h"
#include "tests/bench/scratch_folder.h"

namespace hale::bench {
namespace {

constexpr int kCpus = 64;
constexpr int kInterfaces = 20;
constexpr int kConfigured = 1000;

template <class Parse>
void measure(benchmark::State& state, const std::string& label, Parse parse) {
  HALE_ASSERT(parse());
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(label);
}

std::string sized(std::string_view what, std::size_t bytes) {
  return fmt::format("{}, {} B", what, bytes);
}

// An answer to a question for www.example.com with eight addresses, the name compressed.
std::vector<std::uint8_t> dns_answer() {
  const auto name = checks::dns::encode_name("www.example.com");
  HALE_ASSERT(name.has_value());
  std::vector<std::uint8_t> bytes = checks::dns::make_query(4711, *name, 1, {.edns_size = 0});
  bytes[2] |= 0x80U;
  bytes[7] = 8;
  for (std::uint8_t i = 1; i <= 8; ++i) {
    const std::array<std::uint8_t, 16> record = {0xC0, 12, 0, 1, 0,   1, 0, 0,
                                                 0,    60, 0, 4, 192, 0, 2, i};
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  return bytes;
}

void dns_message(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes = dns_answer();
  measure(state, sized("an answer of 8 addresses", bytes.size()), [&bytes] {
    const auto message = checks::dns::parse_message(bytes);
    return message && answers_to(*message, message->questions[0]).texts.size() == 8;
  });
}

checks::http::Expectations expectations() {
  monitor::Parameters parameters = test::check_parameters(checks::http::expect_keys());
  parameters.set("body_contains", std::string("\"up\""));
  parameters.set("body_regex", std::string("version\": *\"[0-9.]+\""));
  parameters.set("json", monitor::TextMap{{"status", {.value = "== 'up'"}},
                                          {"services[19].depth", {.value = "< 100"}},
                                          {"len(services)", {.value = ">= 20"}}});
  auto made = checks::http::Expectations::make(parameters);
  HALE_ASSERT(made.has_value());
  return std::move(*made);
}

std::string health_document(int services) {
  std::string body = R"({"status": "up", "version": "1.2.3", "services": [)";
  for (int i = 0; i < services; ++i) {
    body += fmt::format(R"({}{{"name": "service-{}", "status": "up", "depth": {}}})",
                        i == 0 ? "" : ", ", i, i);
  }
  return body + "]}";
}

void http_expectations(benchmark::State& state, int services) {
  const checks::http::Expectations expect = expectations();
  const std::string body = health_document(services);
  measure(state, sized("a body: a text, a pattern, three JSON paths", body.size()), [&] {
    checks::http::Verdict verdict(false);
    expect.judge_body(body, {}, verdict);
    return !verdict.failure();
  });
}

void nagios_output(benchmark::State& state) {
  const std::string text =
      "DISK OK - free space: / 3326 MB (56% inode=92%); /boot 68 MB (69% inode=99%);"
      "| /=2643MB;5948;5958;0;5968 /boot=68MB;88;93;0;98\n"
      "/home 69357 MB (27% inode=98%);\n"
      "/var/log 819 MB (84% inode=99%); | 'load avg'=0.35;4;8;0; time=5.2ms;~:10;20\n"
      "users=4;@5:10;20:;0 hits=10723c swap=97%;20:;10:;0;100\n";
  measure(state, sized("four lines with 7 values", text.size()),
          [&text] { return checks::parse_nagios_output(text).values.size() == 7; });
}

void ntp_answer(benchmark::State& state) {
  constexpr std::uint64_t kNonce = 0x0102030405060708;
  constexpr std::uint64_t kSecond = std::uint64_t{1} << 32U;
  constexpr std::uint64_t kThen = 3'900'000'000 * kSecond;
  std::array<std::uint8_t, checks::kNtpPacketSize> packet{};
  const auto put = [&packet](std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i) {
      packet[at + i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
    }
  };
  packet[0] = 0x24;  // version 4, a server's answer
  packet[1] = 2;     // stratum
  put(16, kThen - 60 * kSecond);
  put(24, kNonce);
  put(32, kThen + kSecond / 1000);
  put(40, kThen + kSecond / 900);
  measure(state, "an answer, and what it says about the clock", [&packet] {
    const auto answer = checks::parse_ntp_answer(packet, kNonce);
    return answer && judge_ntp_answer(*answer, kThen, kThen + kSecond / 500).has_value();
  });
}

std::string proc_stat() {
  std::string text = "cpu  74608520 53520 15432012 4100512345 281200 0 901200 0 0 0\n";
  for (int i = 0; i < kCpus; ++i) {
    text += fmt::format("cpu{} {} 836 241125 64070505 4393 0 14081 0 0 0\n", i, 1165758 + i);
  }
  text += "intr 8493821";
  for (int i = 0; i < 500; ++i) {
    text += i % 9 == 0 ? " 48123" : " 0";
  }
  return text + "\nctxt 22849192\nbtime 1763700000\nprocesses 2915\nprocs_running 1\n";
}

void cpu_times(benchmark::State& state) {
  const std::string text = proc_stat();
  measure(state, fmt::format("/proc/stat of {} CPUs, {} B", kCpus, text.size()),
          [&text] { return checks::parse_cpu_times(text).value().size() == kCpus; });
}

void net_dev(benchmark::State& state) {
  std::string text =
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
      "drop fifo colls carrier compressed\n";
  for (int i = 0; i < kInterfaces; ++i) {
    text += fmt::format(
        "  eth{}: 1948192344 2843812    0   12    0     0          0      1201 948123441 1843812   "
        " "
        "0    0    0     0       0          0\n",
        i);
  }
  measure(state, fmt::format("/proc/net/dev of {} interfaces, {} B", kInterfaces, text.size()),
          [&text] { return checks::parse_net_dev(text).value().size() == kInterfaces; });
}

void meminfo(benchmark::State& state) {
  std::string text =
      "MemTotal:       24689332 kB\nMemFree:        18231404 kB\nMemAvailable:   22120412 kB\n"
      "Buffers:          212044 kB\nCached:          3711204 kB\nSwapCached:            0 kB\n";
  for (int i = 0; i < 8; ++i) {
    text += fmt::format("Active(file{}):   1812044 kB\n", i);
  }
  text += "SwapTotal:       2097148 kB\nSwapFree:        2097148 kB\n";
  for (int i = 0; i < 36; ++i) {
    text += fmt::format("DirectMap{}k:     182044 kB\n", i);
  }
  measure(state, sized("/proc/meminfo", text.size()),
          [&text] { return checks::parse_meminfo(text).has_value(); });
}

void kernel_record(benchmark::State& state, const std::string& record, bool is_trouble,
                   const char* what) {
  measure(state, sized(what, record.size()), [&] {
    const auto parsed = checks::parse_kernel_record(record);
    return parsed && checks::classify(*parsed).has_value() == is_trouble;
  });
}

void smtp_reply(benchmark::State& state) {
  const std::string text =
      "250-mail.example.com\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n"
      "250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
      "250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n";
  measure(state, sized("a reply to EHLO, and whether it offers STARTTLS", text.size()), [&text] {
    checks::smtp::Reply reply;
    std::size_t size = 0;
    return checks::smtp::parse_reply(text, reply, size) == checks::smtp::Parse::kDone &&
           checks::smtp::offers(reply, "STARTTLS");
  });
}

// A file as someone writes it who has many services: tables with limits, from one template.
std::string many_checks() {
  std::string text =
      "[agent]\nname = \"bench\"\n[templates.api]\ntype = \"http\"\ninterval = \"30s\"\n"
      "warn = { duration = \"800ms\" }\n";
  for (int i = 0; i < kConfigured; ++i) {
    text += fmt::format(
        "[checks.web-{0}]\nuse = \"api\"\nurl = \"http://10.0.0.{1}:8080/health\"\n"
        "timeout = \"2s\"\nlabels = {{ tier = \"edge\" }}\nfail = {{ duration = \"2s\" }}\n"
        "expect = {{ status = \"200-299\", body_contains = \"ok\" }}\n",
        i, i % 250);
  }
  return text;
}

void configuration(benchmark::State& state) {
  static const monitor::CheckRegistry kRegistry = [] {
    monitor::CheckRegistry made;
    checks::register_builtin_checks(made);
    return made;
  }();
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "hale.toml";
  const std::string text = many_checks();
  std::ofstream(file) << text;
  config::LoadOptions options;
  options.file = file;
  options.registry = &kRegistry;
  options.host_name = "bench";
  const auto load = [&options] {
    const auto config = config::load(options);
    return config && config->checks.size() == kConfigured;
  };
  HALE_ASSERT(load());
  for (auto _ : state) {
    benchmark::DoNotOptimize(load());
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{kConfigured});
  state.SetLabel(fmt::format("a check, of {} in a file of {} kB", kConfigured, text.size() / 1000));
}

void register_all() {
  const auto add = [](const char* name, auto function) {
    benchmark::RegisterBenchmark(name, function)->Repetitions(3)->MinTime(0.1);
  };
  add("DNS message", dns_message);
  add("HTTP expectations", [](benchmark::State& state) { http_expectations(state, 20); });
  add("HTTP expectations, 64 kB", [](benchmark::State& state) { http_expectations(state, 1250); });
  add("Nagios output", nagios_output);
  add("NTP packet", ntp_answer);
  add("`/proc/stat`", cpu_times);
  add("`/proc/net/dev`", net_dev);
  add("`/proc/meminfo`", meminfo);
  add("`/dev/kmsg`", [](benchmark::State& state) {
    kernel_record(state, "6,2345,81234567,-;eth0: link becomes ready\n SUBSYSTEM=net\n", false,
                  "a record without meaning");
  });
  add("`/dev/kmsg`, trouble", [](benchmark::State& state) {
    kernel_record(state,
                  "3,2346,91234567,-;Out of memory: Killed process 4711 (java) total-vm:8123456kB, "
                  "anon-rss:7123456kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:14812kB "
                  "oom_score_adj:0\n",
                  true, "a record of a kill");
  });
  add("SMTP reply", smtp_reply);
  add("configuration", configuration);
}

}  // namespace
}  // namespace hale::bench

int main(int argc, char** argv) {
  hale::bench::register_all();
  return hale::bench::run_benchmarks(argc, argv, "Parsers");
}
