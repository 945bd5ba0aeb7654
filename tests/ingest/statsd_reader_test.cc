#include "ingest/statsd_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::ingest {
namespace {

using namespace std::chrono_literals;
using monitor::Histogram;
using monitor::IngestSource;
using monitor::Labels;
using monitor::Operations;
using monitor::OperationsSettings;
using monitor::OperationsView;
using monitor::OperationView;
using monitor::TimePoint;
using monitor::WallTime;

class StatsdReaderTest : public ::testing::Test {
 protected:
  void read(std::string_view datagram) {
    now_ += 1s;
    Operations::Writer writer(operations_, IngestSource::kStatsd, now_, WallTime{});
    reader_.read(datagram, writer, checks_);
    writer.show_at_once();
  }
  std::shared_ptr<const OperationsView> view() { return operations_.view(now_); }
  const OperationView* operation(std::string_view name) {
    shown_ = view();
    for (const auto& operation : shown_->operations) {
      if (operation->name == name) {
        return operation.get();
      }
    }
    return nullptr;
  }
  std::uint64_t rejected(Rejection rejection) {
    return view()->ingest.rejected[0][static_cast<std::size_t>(rejection)];
  }
  std::uint64_t rejected() {
    std::uint64_t all = 0;
    for (const std::uint64_t count : view()->ingest.rejected[0]) {
      all += count;
    }
    return all;
  }

  static OperationsSettings settings() {
    OperationsSettings settings;
    settings.labels = {"model", "env"};
    settings.max_operations = 4;
    return settings;
  }

  TimePoint now_{1h};
  Operations operations_{settings(), now_};
  StatsdReader reader_{operations_, 1e-3};
  std::vector<ServiceCheck> checks_;
  std::shared_ptr<const OperationsView> shown_;
};

TEST_F(StatsdReaderTest, TakesTimersHistogramsAndDistributionsAsDurations) {
  read("llm_chat:800|ms\nllm_chat:1200|h\nllm_chat:400|d\n");
  const OperationView* llm = operation("llm_chat");
  ASSERT_NE(llm, nullptr);
  EXPECT_EQ(llm->passed, 3U);
  EXPECT_EQ(llm->failed, 0U);
  EXPECT_EQ(llm->windows[0].samples, 3U);
  EXPECT_DOUBLE_EQ(llm->windows[0].min, 0.4);
  EXPECT_DOUBLE_EQ(llm->windows[0].max, 1.2);
  EXPECT_NEAR(llm->windows[0].p50, 0.8, 0.8 * 0.0055);
  EXPECT_EQ(rejected(), 0U);
}

TEST_F(StatsdReaderTest, CountsEveryPackedValueAndWeighsSampledOnes) {
  read("render:1:2:3:4|d");
  EXPECT_EQ(operation("render")->passed, 4U);
  read("render:8|ms|@0.01");
  EXPECT_EQ(operation("render")->passed, 104U);
  EXPECT_EQ(operation("render")->latencies->count(), 104U);
  EXPECT_EQ(view()->ingest.taken[0], 5U) << "values as sent";
}

TEST_F(StatsdReaderTest, MakesLabelsOfAllowedTagsOnly) {
  read(
      "chat:1|ms|#model:small,user:42,env:prod\nchat:1|ms|#user:43,env:prod,model:small\n"
      "chat:1|ms|#model:large\nchat:1|ms|#user:44,bare\n");
  const auto shown = view();
  ASSERT_EQ(shown->operations.size(), 3U);
  EXPECT_EQ(shown->operations[0]->labels, Labels());
  EXPECT_EQ(shown->operations[1]->labels, (Labels{{"model", "large"}}));
  EXPECT_EQ(shown->operations[2]->labels, (Labels{{"model", "small"}, {"env", "prod"}}));
  EXPECT_EQ(shown->operations[2]->passed, 2U);
}

TEST_F(StatsdReaderTest, HearsOfFailuresByTag) {
  read(
      "chat:30000|ms|#success:false,reason:timeout\nchat:1|ms|#success:false,reason:refused\n"
      "chat:2|ms|#success:False\nchat:40|ms|#success:true,reason:timeout\n"
      "chat:1|ms|#success:maybe\n");
  const OperationView* chat = operation("chat");
  EXPECT_EQ(chat->passed, 1U);
  EXPECT_EQ(chat->failed, 3U);
  EXPECT_EQ(rejected(Rejection::kValue), 1U) << "maybe";
  ASSERT_EQ(chat->reasons.size(), 2U);
  EXPECT_EQ(chat->reasons[0], std::pair(monitor::Reason::kTimeout, std::uint64_t{1}));
  EXPECT_EQ(chat->reasons[1], std::pair(monitor::Reason::kRefused, std::uint64_t{1}));
  EXPECT_EQ(chat->windows[0].samples, 2U) << "a refusal is fast and says nothing about latency";
  EXPECT_DOUBLE_EQ(*chat->windows[0].success_ratio(), 0.25);
}

TEST_F(StatsdReaderTest, KeepsCountersAndGauges) {
  read(
      "jobs.done:1|c\njobs.done:2:3|c\njobs.done:1|c|@0.1\nqueue-depth:7|g\nqueue-depth:-2|g\n"
      "queue-depth:+5|g\nqueue-depth:12|g|#env:prod\n");
  const auto shown = view();
  ASSERT_EQ(shown->values.size(), 3U);
  EXPECT_EQ(shown->values[0].name, "jobs_done");
  EXPECT_TRUE(shown->values[0].is_counter);
  EXPECT_DOUBLE_EQ(shown->values[0].value, 16);
  EXPECT_EQ(shown->values[1].name, "queue_depth");
  EXPECT_FALSE(shown->values[1].is_counter);
  EXPECT_DOUBLE_EQ(shown->values[1].value, 10);
  EXPECT_EQ(shown->values[2].labels, (Labels{{"env", "prod"}}));
  EXPECT_TRUE(shown->operations.empty());
}

TEST_F(StatsdReaderTest, OneBadLineOrValueCostsTheOthersNothing) {
  read(
      "a:1|ms\n\nnonsense\r\na:x:2|ms\r\na:-1|ms\n b:1|ms\na b:1|c\nup:1|g\nup:1|c\nset:1|s\n"
      "neg:-1|c\nx_total:1|g\na:3|ms|@2\n");
  EXPECT_EQ(operation("a")->passed, 2U);
  EXPECT_EQ(rejected(Rejection::kMalformed), 1U);
  EXPECT_EQ(rejected(Rejection::kValue), 3U) << "x, a negative duration, a negative count";
  EXPECT_EQ(rejected(Rejection::kName), 3U) << "spaces, and a gauge like a counter";
  EXPECT_EQ(rejected(Rejection::kType), 2U) << "a set, and a gauge that becomes a counter";
  EXPECT_EQ(rejected(Rejection::kRate), 1U);
  EXPECT_EQ(rejected(), 10U);
}

TEST_F(StatsdReaderTest, StopsAtTheLimitOfSeries) {
  for (int i = 0; i < 100; ++i) {
    read("op" + std::to_string(i) + ":1|ms\ncount" + std::to_string(i) + ":1|c");
  }
  EXPECT_EQ(view()->operations.size(), 4U);
  EXPECT_EQ(view()->values.size(), 4U);
  EXPECT_EQ(rejected(Rejection::kTooMany), 2 * 96U);
  read("op0:1|ms");
  EXPECT_EQ(operation("op0")->passed, 2U) << "what is known goes on";
}

TEST_F(StatsdReaderTest, ANameThatIsTooLongCostsNothingHoweverManyValuesItPacks) {
  std::string line(32'000, 'x');
  for (int i = 0; i < 16'000; ++i) {
    line += ":1";
  }
  for (const std::string_view type : {"|c", "|g", "|ms"}) {
    read(line + std::string(type));
  }
  EXPECT_EQ(rejected(Rejection::kName), 3U);
  EXPECT_EQ(rejected(), 3U);
}

TEST_F(StatsdReaderTest, HandsServiceChecksOn) {
  read("_sc|backup|2|m:disk full\na:1|ms\n_sc|other|0");
  ASSERT_EQ(checks_.size(), 2U);
  EXPECT_EQ(checks_[0].name, "backup");
  EXPECT_EQ(checks_[0].message, "disk full");
  EXPECT_EQ(checks_[1].name, "other");
}

TEST_F(StatsdReaderTest, TakesSecondsWhereThatIsWhatSendersCountIn) {
  StatsdReader reader(operations_, 1);
  {
    Operations::Writer writer(operations_, IngestSource::kStatsd, now_, WallTime{});
    reader.read("chat:0.8|ms", writer, checks_);
  }
  EXPECT_DOUBLE_EQ(operation("chat")->windows[0].max, 0.8);
}

}  // namespace
}  // namespace hale::ingest
