#include "exporters/json/documents.h"

#include <string>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "tests/exporters/sample_board.h"
#include "tests/support/golden.h"

namespace hale::exporters {
namespace {

using monitor::BoardView;
using testing::expect_golden;
using testing::one_value_a_line;
using testing::sample_board;

// Compares, and makes sure that a parser takes it.
void expect_document(const std::string& golden, const std::string& json) {
  SCOPED_TRACE(golden);
  EXPECT_NO_THROW(Poco::JSON::Parser().parse(json));
  expect_golden("api/" + golden, one_value_a_line(json));
}

Poco::JSON::Object::Ptr parsed(const std::string& json) {
  return Poco::JSON::Parser().parse(json).extract<Poco::JSON::Object::Ptr>();
}

TEST(DocumentsTest, AreAsTheGoldenFilesSay) {
  const auto view = sample_board();
  expect_document("status.json", status_json(*view));
  expect_document("status_summary.json", status_json(*view, Checks::kLeftOut));
  for (const auto& check : view->checks) {
    expect_document("check_" + check->settings->name + ".json",
                    check_json(*check, *view->findings));
  }
  expect_document("findings.json", findings_json(*view->findings));
  expect_document("history.json", history_json(*view->find("db"), 100));
  expect_document("events.json", events_json(*view->events, 100, 0));
  expect_document("error.json", error_json("not_found", "no check named \"wbe\""));
  expect_document("run.json", command_json(*view->find("db"), view->find("db")->last.get()));
}

TEST(DocumentsTest, SayOfACheckThatIsReportedToWhenAReportIsExpected) {
  const std::string json = check_json(testing::backup_check());
  EXPECT_TRUE(json.contains(R"("interval_ms":null,"timeout_ms":null,)")) << json;
  EXPECT_TRUE(json.contains(R"("next_run":null,"expected":1763836200.0,)")) << json;
  EXPECT_TRUE(json.contains(R"("duration_ms":null,"lag_ms":null,)")) << json;
}

TEST(DocumentsTest, AreThereBeforeAnythingHasRun) {
  const auto view = testing::make_board({});
  expect_document("status_empty.json", status_json(*view));
  EXPECT_EQ(checks_json(view->checks), R"({"checks":[]})");
}

TEST(DocumentsTest, ListEveryCheckInFull) {
  const auto view = sample_board();
  const std::string list = checks_json(view->checks);
  std::string expected = R"({"checks":[)";
  for (const auto& check : view->checks) {
    expected += (expected.back() == '[' ? "" : ",") + check_json(*check);
  }
  EXPECT_EQ(list, expected + "]}");
}

TEST(DocumentsTest, AnswerACommandWithoutARunByTheCheckAlone) {
  const auto check = sample_board()->find("db");
  EXPECT_EQ(command_json(*check, nullptr), R"({"check":)" + check_json(*check) + "}");
}

TEST(DocumentsTest, CountTheItemsThatAreNotWell) {
  const auto checks = parsed(status_json(*sample_board()))->getObject("checks");
  EXPECT_EQ(checks->getObject("disks")->getValue<int>("items_bad"), 2);
  EXPECT_EQ(checks->getObject("db")->getValue<int>("items_bad"), 0);
}

TEST(DocumentsTest, SayThatAnSloDegradesACheckWhoseLastRunPassed) {
  const auto view = testing::make_board({testing::api_check()});
  const auto row = parsed(status_json(*view))->getObject("checks")->getObject("api");
  const auto check = parsed(check_json(*view->checks[0]));
  for (const auto& document : {row, check}) {
    EXPECT_EQ(document->getValue<std::string>("status"), "degraded");
    EXPECT_EQ(document->getValue<std::string>("reason"), "threshold");
    EXPECT_EQ(document->getValue<std::string>("message"), view->checks[0]->by_slo->message);
  }
  EXPECT_EQ(check->getObject("last")->getValue<std::string>("result"), "pass");
  EXPECT_TRUE(check->getObject("slo")->getValue<bool>("degrade"));
  EXPECT_TRUE(check->getObject("slo")->getObject("success")->getValue<bool>("breached"));
}

TEST(DocumentsTest, ShowAnSloBeforeAnythingCounted) {
  auto check = testing::api_check();
  check.slo = monitor::Slo(check.settings->slo, {}).view({});
  const auto slo = parsed(check_json(check))->getObject("slo");
  EXPECT_TRUE(slo->getObject("success")->isNull("current"));
  EXPECT_TRUE(slo->getObject("success")->isNull("budget_remaining"));
  EXPECT_EQ(slo->getObject("success")->getValue<int>("total"), 0);
  EXPECT_FALSE(slo->getObject("success")->getValue<bool>("breached"));
}

TEST(DocumentsTest, ShowTheNewestFirstAndNoMoreThanAsked) {
  const auto view = sample_board();
  const auto ids = [&](std::size_t limit, std::uint64_t since) {
    std::string text;
    const auto document = parsed(events_json(*view->events, limit, since));
    for (const auto& event : *document->getArray("events")) {
      text += event.extract<Poco::JSON::Object::Ptr>()->get("id").toString();
    }
    return text;
  };
  EXPECT_EQ(ids(100, 0), "321");
  EXPECT_EQ(ids(2, 0), "32");
  EXPECT_EQ(ids(100, 1), "32");
  EXPECT_EQ(ids(1, 1), "3");
  EXPECT_EQ(ids(100, 3), "");
  EXPECT_EQ(ids(100, 4), "");

  const auto history = parsed(history_json(*view->find("db"), 2))->getArray("results");
  ASSERT_EQ(history->size(), 2U);
  EXPECT_EQ(history->getObject(0)->getValue<double>("time"), 1763753598.1);
  EXPECT_EQ(history->getObject(1)->getValue<double>("time"), 1763753593.1);
}

// The keys of what is not built are not there at all.
TEST(DocumentsTest, DoNotMentionWhatIsNotBuilt) {
  const auto view = sample_board();
  const std::string all = status_json(*view) + checks_json(view->checks);
  for (const char* key : {"breaker", "suppressed", "flapping", "attempts", "excerpt"}) {
    EXPECT_EQ(all.find('"' + std::string(key) + '"'), std::string::npos) << key;
    EXPECT_EQ(all.find('"' + std::string(key) + '_'), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace hale::exporters
