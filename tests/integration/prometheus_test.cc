// Two agents scraped by a real Prometheus, once as it comes and once with native histograms: what
// PromQL says of both together is what all of their runs together say.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>
#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/support/server_process.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;

Poco::JSON::Object::Ptr parse(const std::string& text) {
  return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

// Runs that take about as long as `seconds` says, five a second.
std::string sleeper(const std::string& seconds) {
  return "[checks.job]\ntype = \"exec\"\ncommand = [\"/bin/sleep\", \"" + seconds +
         "\"]\ninterval = \"200ms\"\ntimeout = \"190ms\"\n";
}

class PrometheusTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const std::string program =
        test::program_at({"/usr/bin/prometheus", "tools/usr/bin/prometheus",
                          std::string(HALE_SOURCE_DIR) + "/build/tools/usr/bin/prometheus"});
    if (program.empty()) {
      GTEST_SKIP() << "there is no prometheus; packaging/setup test puts one into build/tools";
    }
    const std::string histograms = "[metrics]\nhistograms = \"both\"\n";
    quick_ = std::make_unique<AgentProcess>(histograms + sleeper("0.004"));
    slow_ = std::make_unique<AgentProcess>(histograms + sleeper("0.03"));
    ASSERT_TRUE(quick_->listening() && slow_->listening());
    start_prometheus(program);
  }

  void TearDown() override {
    prometheus_.reset();
    if (!directory_.empty()) {
      std::filesystem::remove_all(directory_);
    }
  }

  void start_prometheus(const std::string& program) {
    directory_ = std::filesystem::temp_directory_path() / "hale_prometheus_XXXXXX";
    std::string name = directory_.string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    port_ = test::free_port();
    std::ofstream(directory_ / "prometheus.yml")
        << "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: hale\n"
        << "    static_configs: [{targets: ['" << quick_->address() << "', '" << slow_->address()
        << "']}]\n";
    std::vector<std::string> command = {
        program, "--config.file=" + (directory_ / "prometheus.yml").string(),
        "--storage.tsdb.path=" + (directory_ / "data").string(),
        "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--log.level=error"};
    if (native()) {
      command.emplace_back("--enable-feature=native-histograms");
    }
    prometheus_ = std::make_unique<test::ServerProcess>(command);
    ASSERT_TRUE(prometheus_->wait_for(port_));
  }

  static bool native() { return GetParam(); }

  // The values of an instant query's answer; empty: no series.
  std::vector<double> query(const std::string& promql) const {
    std::string encoded;
    Poco::URI::encode(promql, "+&=?#", encoded);
    const Answer answer = http(port_, "GET", "/api/v1/query?query=" + encoded);
    std::vector<double> values;
    if (answer.status != 200) {
      ADD_FAILURE() << promql << ": " << answer.body;
      return values;
    }
    const auto results = parse(answer.body)->getObject("data")->getArray("result");
    for (std::size_t i = 0; i < results->size(); ++i) {
      const auto value = results->getObject(static_cast<unsigned>(i))->getArray("value");
      values.push_back(std::stod(value->getElement<std::string>(1)));
    }
    return values;
  }
  double value_of(const std::string& promql) const {
    const std::vector<double> values = query(promql);
    EXPECT_EQ(values.size(), 1U) << promql;
    return values.empty() ? std::nan("") : values.front();
  }

  // Ends the runs and gives what each of them took, by the agent's own history.
  static void collect(const AgentProcess& agent, std::vector<double>& seconds) {
    EXPECT_EQ(http(agent.port(), "POST", "/api/v1/checks/job/pause").status, 200);
    const auto check = parse(http(agent.port(), "GET", "/api/v1/checks/job").body);
    const auto history =
        parse(http(agent.port(), "GET", "/api/v1/checks/job/history").body)->getArray("results");
    EXPECT_EQ(history->size(), check->getObject("runs")->getValue<std::size_t>("total"))
        << "more runs than the history keeps";
    for (std::size_t i = 0; i < history->size(); ++i) {
      const auto run = history->getObject(static_cast<unsigned>(i));
      EXPECT_EQ(run->getValue<std::string>("result"), "pass");
      seconds.push_back(run->getValue<double>("duration_ms") / 1000);
    }
  }

  std::unique_ptr<AgentProcess> quick_;
  std::unique_ptr<AgentProcess> slow_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<test::ServerProcess> prometheus_;
};

TEST_P(PrometheusTest, AgreesWithTheRunsOfBothAgents) {
  const auto ran = [](const AgentProcess& agent) {
    const auto check = parse(http(agent.port(), "GET", "/api/v1/checks/job").body);
    return check->getObject("runs")->getValue<int>("total") >= 35;
  };
  ASSERT_TRUE(eventually([&] { return ran(*quick_) && ran(*slow_); }, 30s));
  std::vector<double> seconds;
  collect(*quick_, seconds);
  collect(*slow_, seconds);
  ASSERT_GE(seconds.size(), 60U);
  std::ranges::sort(seconds);
  const auto runs = static_cast<double>(seconds.size());

  const std::string job = "hale_check_duration_seconds";
  const std::string count =
      native() ? "histogram_count(" + job + "{result=\"ok\"})" : job + "_count{result=\"ok\"}";
  ASSERT_TRUE(eventually([&] {
    return query("up").size() == 2 && value_of("sum(" + count + ")") == runs;
  })) << value_of("sum(" + count + ")")
      << " of " << seconds.size();
  EXPECT_EQ(value_of("sum(up)"), 2) << "both are read without an error";
  EXPECT_EQ(value_of("sum(hale_check_runs_total{result=\"pass\"})"), runs);

  for (const double share : {0.25, 0.75, 0.95, 0.99}) {
    const std::string sum = native() ? "sum(" + job + "{result=\"ok\"})"
                                     : "sum by (le) (" + job + "_bucket{result=\"ok\"})";
    const double told = value_of("histogram_quantile(" + std::to_string(share) + ", " + sum + ")");
    const auto rank = static_cast<std::size_t>(std::ceil(share * runs));
    const double exact = seconds[rank - 1];
    if (native()) {
      EXPECT_NEAR(told / exact, 1, 0.012) << share;
    } else {
      // A classic bucket is an octave wide: the percentile lies somewhere in the same one.
      const double upper = std::exp2(std::ceil(std::log2(exact)));
      EXPECT_GT(told, upper / 2) << share;
      EXPECT_LE(told, upper) << share;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Histograms, PrometheusTest, ::testing::Values(false, true),
                         [](const auto& kind) { return kind.param ? "Native" : "Classic"; });

}  // namespace
}  // namespace hale::testing
