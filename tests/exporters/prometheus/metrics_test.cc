#include "exporters/prometheus/metrics.h"

#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporters/prometheus/check_metrics.h"
#include "tests/exporters/sample_board.h"
#include "tests/support/golden.h"

namespace hale::exporters {
namespace {

using monitor::Status;
using testing::sample_board;

MetricsInput sample_input() {
  return {.alive = true,
          .operations = testing::sample_operations(),
          .process = {.cpu_seconds = 12.34,
                      .resident_bytes = 20'000'000,
                      .open_fds = 42,
                      .max_fds = 65536,
                      .start_time_seconds = 1763750000.25},
          .http = {.requests = 1000, .connections = 3, .refused = 2},
          .commands_rejected = 1};
}

// What this compiler is called is not the same everywhere.
std::string without_compiler(std::string text) {
  const std::size_t begin = text.find("compiler=\"");
  const std::size_t end = text.find('"', begin + 10);
  return text.replace(begin, end - begin, "compiler=\"gcc or clang");
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsTest, AreAsTheGoldenFileSays) {
  testing::expect_golden("metrics/sample.prom",
                         without_compiler(render_metrics(*sample_board(), sample_input())));
}

TEST(MetricsTest, LeaveTheChecksOutWhileTheSchedulerStandsStill) {
  MetricsInput input = sample_input();
  input.alive = false;
  const std::string text = render_metrics(*sample_board(), input);
  testing::expect_golden("metrics/stalled.prom", without_compiler(text));
  EXPECT_EQ(text.find("hale_check_"), std::string::npos);
  EXPECT_EQ(text.find("check=\""), std::string::npos);
  EXPECT_TRUE(has_line(text, "hale_overall_status{status=\"unknown\"} 1")) << text;
  EXPECT_EQ(text.find("hale_health_score"), std::string::npos);
}

TEST(MetricsTest, AreThereBeforeThereAreChecks) {
  MetricsInput input;
  input.process = {};
  const std::string text = render_metrics(*testing::make_board({}), input);
  EXPECT_TRUE(has_line(text, "hale_overall_status{status=\"unknown\"} 1")) << text;
  EXPECT_EQ(text.find("hale_check_"), std::string::npos) << text;
  EXPECT_EQ(text.find("process_"), std::string::npos) << text;
}

TEST(MetricsTest, SayNothingOfTheScheduleOfWhatIsReportedTo) {
  const auto render = [](const monitor::CheckView& check) {
    return render_metrics(*testing::make_board({check}), sample_input());
  };
  monitor::CheckView check = testing::backup_check();
  const std::string text = render(check);
  for (const char* left_out : {"interval_seconds", "timeout_seconds", "last_schedule_lag_seconds",
                               "last_duration_seconds"}) {
    EXPECT_FALSE(text.contains("\nhale_check_" + std::string(left_out) + "{")) << left_out;
  }
  EXPECT_TRUE(text.contains("\nhale_check_last_run_timestamp_seconds{check=\"backup\"} "));
  check.interval = std::chrono::hours(24);
  EXPECT_TRUE(has_line(render(check), "hale_check_interval_seconds{check=\"backup\"} 86400"));
}

TEST(MetricsTest, SayUpAsTheStatusCounts) {
  struct Case {
    Status status;
    Status last_known;
    std::string_view expected;  // empty: no series
  };
  const Case kCases[] = {
      {Status::kPending, Status::kPending, ""},    {Status::kHealthy, Status::kHealthy, "1"},
      {Status::kDegraded, Status::kDegraded, "1"}, {Status::kUnhealthy, Status::kUnhealthy, "0"},
      {Status::kUnknown, Status::kHealthy, "1"},   {Status::kUnknown, Status::kUnhealthy, "0"},
      {Status::kUnknown, Status::kPending, ""},    {Status::kPaused, Status::kHealthy, ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(to_string(c.status)) + ", " + std::string(to_string(c.last_known)));
    monitor::CheckView check = testing::web_check();
    check.status = c.status;
    check.last_known = c.last_known;
    const std::string text = render_metrics(*testing::make_board({check}), sample_input());
    const std::string series = "hale_check_up{check=\"web\",critical=\"true\",severity=\"page\"} ";
    if (c.expected.empty()) {
      EXPECT_EQ(text.find("hale_check_up"), std::string::npos);
    } else {
      EXPECT_TRUE(has_line(text, series + std::string(c.expected))) << text;
    }
  }
}

// Nobody looks at a paused check: what was last seen would pass for the present.
TEST(MetricsTest, ShowNeitherItemsNorMeasurementsOfAPausedCheck) {
  monitor::CheckView check = testing::disks_check();
  const std::string before = render_metrics(*testing::make_board({check}), sample_input());
  EXPECT_NE(before.find("hale_check_item_up{"), std::string::npos);
  EXPECT_NE(before.find("hale_disk_free_bytes"), std::string::npos);
  check.status = Status::kPaused;
  const std::string after = render_metrics(*testing::make_board({check}), sample_input());
  EXPECT_EQ(after.find("hale_check_item_up{"), std::string::npos);
  EXPECT_EQ(after.find("hale_disk_free_bytes"), std::string::npos);
}

TEST(MetricsTest, CapTheItemsAndSayHowManyAreMissing) {
  monitor::CheckView check = testing::disks_check();
  std::vector<monitor::ItemView> items;
  for (std::size_t i = 0; i < kMaxItemSeries + 7; ++i) {
    items.push_back(testing::make_mount("/m" + std::to_string(i), Status::kHealthy, 1));
  }
  check.items = std::make_shared<const std::vector<monitor::ItemView>>(std::move(items));
  const std::string text = render_metrics(*testing::make_board({check}), sample_input());
  EXPECT_TRUE(has_line(text, "hale_check_items_omitted{check=\"disks\"} 7"));
  EXPECT_TRUE(has_line(text, "hale_check_item_up{check=\"disks\",item=\"/m999\"} 1"));
  EXPECT_EQ(text.find("/m1000"), std::string::npos);
}

TEST(MetricsTest, KeepAMetricOfSeveralTypesInOneFamily) {
  static const monitor::CheckDescriptor kOther = {
      .name = "array",
      .summary = "Disks of an array.",
      .keys = {},
      .measurements = {{.name = "left", .metric = "disk_free_bytes", .help = "Other words."},
                       {.name = "resyncs", .metric = "array_resyncs_total", .help = "Resyncs."}},
      .default_limits = {},
      .pinned = {},
      .reasons = {},
      .example = ""};
  monitor::CheckView array = testing::make_check(testing::make_settings("array", kOther));
  auto run = std::make_shared<monitor::RunView>();
  run->measurements = {{.name = "left", .value = 1}, {.name = "resyncs", .value = 2}};
  array.last = run;
  const std::string text =
      render_metrics(*testing::make_board({array, testing::disks_check()}), sample_input());
  EXPECT_NE(text.find("# TYPE hale_disk_free_bytes gauge\n"
                      "hale_disk_free_bytes{check=\"array\"} 1\n"
                      "hale_disk_free_bytes{check=\"disks\",mount=\"/\"} 50000000000\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(has_line(text, "# TYPE hale_array_resyncs_total counter"));
}

TEST(MetricsTest, ShowThePointInTimeOfWhatRemains) {
  static const monitor::CheckDescriptor kType = {
      .name = "site",
      .summary = "A site.",
      .keys = {},
      .measurements = {{.name = "expires_in",
                        .metric = "tls_certificate_not_after_timestamp_seconds",
                        .unit = monitor::Unit::kSeconds,
                        .bad = monitor::Bad::kLow,
                        .is_remaining = true,
                        .help = "When it expires."}},
      .default_limits = {},
      .pinned = {},
      .reasons = {},
      .example = ""};
  monitor::CheckView site = testing::make_check(testing::make_settings("site", kType));
  auto run = std::make_shared<monitor::RunView>();
  run->time = testing::at(1763750000.2);
  run->measurements = {{.name = "expires_in", .value = 86399.7}};
  site.last = run;
  const std::string text = render_metrics(*testing::make_board({site}), sample_input());
  EXPECT_TRUE(
      has_line(text, "hale_tls_certificate_not_after_timestamp_seconds{check=\"site\"} 1763836400"))
      << text;
}

TEST(MetricsTest, KeepOpenMeasurementsInOneFamily) {
  static const monitor::CheckDescriptor kPlugin = {.name = "exec",
                                                   .summary = "A plugin.",
                                                   .keys = {},
                                                   .measurements = {{.name = "perfdata",
                                                                     .metric = "exec_perfdata",
                                                                     .open = true,
                                                                     .help = "Any."}},
                                                   .default_limits = {},
                                                   .pinned = {},
                                                   .reasons = {},
                                                   .example = ""};
  monitor::CheckView plugin = testing::make_check(testing::make_settings("plugin", kPlugin));
  auto run = std::make_shared<monitor::RunView>();
  run->measurements = {
      {.name = "/ \"used\"", .value = 0.5, .open = {{.unit = monitor::Unit::kRatio}}},
      {.name = "users", .value = 3, .open = monitor::OpenMeasurement()},
      {.name = "perfdata", .value = 4, .open = {{.unit = monitor::Unit::kSeconds}}}};
  plugin.last = run;
  const std::string text = render_metrics(*testing::make_board({plugin}), sample_input());
  EXPECT_NE(
      text.find("# TYPE hale_exec_perfdata gauge\n"
                "hale_exec_perfdata{check=\"plugin\",name=\"/ \\\"used\\\"\",unit=\"ratio\"} 0.5\n"
                "hale_exec_perfdata{check=\"plugin\",name=\"users\",unit=\"\"} 3\n"
                "hale_exec_perfdata{check=\"plugin\",name=\"perfdata\",unit=\"seconds\"} 4\n"),
      std::string::npos)
      << text;
}

// What the format forbids, and what would make a scrape fail: a family in two pieces, the same
// series twice.
TEST(MetricsTest, HaveEachFamilyInOnePieceAndEachSeriesOnce) {
  std::istringstream lines(render_metrics(*sample_board(), sample_input()));
  std::set<std::string> families;
  std::set<std::string> series;
  std::string family;
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    SCOPED_TRACE(line);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second);
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line.starts_with("# TYPE " + family + " "));
    } else {
      EXPECT_TRUE(line.starts_with(family));
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second);
      ++samples;
    }
  }
  EXPECT_GT(samples, 100);
}

TEST(MetricsTest, HaveObjectivesWhereSomeAreConfigured) {
  auto fresh = testing::make_check(testing::make_settings("new", testing::tcp_type()));
  fresh.slo = monitor::Slo(testing::some_objectives(), {}).view({});
  const auto board = testing::make_board({testing::db_check(), fresh, testing::web_check()});
  const std::string text = render_metrics(*board, sample_input());
  EXPECT_TRUE(has_line(text, "hale_check_slo_events_total{check=\"db\",slo=\"success\"} 150"));
  EXPECT_TRUE(has_line(text, "hale_check_slo_events_total{check=\"db\",slo=\"latency_p95\"} 147"));
  EXPECT_TRUE(has_line(text, "hale_check_slo_good_events_total{check=\"db\",slo=\"success\"} 146"));
  EXPECT_TRUE(has_line(text, "hale_check_slo_objective_ratio{check=\"db\",slo=\"success\"} 0.99"));
  EXPECT_NE(text.find("hale_check_slo_budget_remaining_ratio{check=\"db\",slo=\"success\"} -1.666"),
            std::string::npos);
  EXPECT_TRUE(has_line(text, "hale_check_slo_events_total{check=\"new\",slo=\"success\"} 0"))
      << "a counter is there before it counts";
  EXPECT_EQ(text.find("hale_check_slo_budget_remaining_ratio{check=\"new\""), std::string::npos);
  EXPECT_EQ(text.find("check=\"web\",slo="), std::string::npos);
}

TEST(MetricsTest, CountTheSchedulersLagCumulatively) {
  const std::string text = render_metrics(*sample_board(), sample_input());
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_bucket{le=\"0.0009765625\"} 2"));
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_bucket{le=\"0.00390625\"} 3"));
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_bucket{le=\"1.0\"} 4"));
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_bucket{le=\"64.0\"} 4"));
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_bucket{le=\"+Inf\"} 5"));
  EXPECT_TRUE(has_line(text, "hale_scheduler_lag_seconds_count 5"));
}

TEST(MetricsTest, PassPromtool) {
  if (std::system("command -v promtool > /dev/null") != 0) {
    GTEST_SKIP() << "promtool is not installed: NOT CHECKED whether Prometheus likes the metrics "
                    "(packaging/test brings it)";
  }
  std::string path = (std::filesystem::temp_directory_path() / "hale-metrics-XXXXXX").string();
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  const std::string text = render_metrics(*sample_board(), sample_input());
  ASSERT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(fd);
  const std::string command = "promtool check metrics < " + path + " 2>&1";
  std::FILE* promtool = popen(command.c_str(), "r");
  ASSERT_NE(promtool, nullptr);
  std::string said;
  for (int c = std::fgetc(promtool); c != EOF; c = std::fgetc(promtool)) {
    said += static_cast<char>(c);
  }
  EXPECT_EQ(pclose(promtool), 0) << said;
  EXPECT_EQ(said, "");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hale::exporters
