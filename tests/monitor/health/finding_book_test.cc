#include "monitor/health/finding_book.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

const WallTime kStart{1'763'753'600s};

Finding finding(std::string key, Severity severity = Severity::kTicket) {
  return {.kind = "port_conflict",
          .key = key,
          .severity = severity,
          .message = "port " + key + " is held",
          .evidence = {"seen"}};
}

bool always(std::string_view) {
  return true;
}

class FindingBookTest : public testing::Test {
 protected:
  // What the run at `now` has made happen: "a: port_conflict -> open: port 1 is held".
  std::vector<std::string> conclude(std::vector<Finding> findings, WallTime now = kStart,
                                    bool complete = true, const std::string& check = "a") {
    std::vector<Event> events;
    book_.conclude(check, std::move(findings), complete, now, events);
    return texts(events);
  }

  static std::vector<std::string> texts(const std::vector<Event>& events) {
    std::vector<std::string> texts;
    for (const Event& event : events) {
      EXPECT_EQ(event.kind, EventKind::kFinding);
      EXPECT_EQ(event.reason, Reason::kNone);
      texts.push_back(event.check + ": " + event.item + " " + event.from + "->" + event.to + ": " +
                      event.message);
    }
    return texts;
  }

  // "a 1 open", "a 1 resolved".
  static std::vector<std::string> keys(FindingBook& book) {
    std::vector<std::string> keys;
    for (const FindingView& view : *book.list()) {
      keys.push_back(view.check + " " + view.finding.key + (view.resolved ? " resolved" : " open"));
    }
    return keys;
  }

  StateStore state_;
  FindingBook book_{state_};
};

using Texts = std::vector<std::string>;

TEST_F(FindingBookTest, OpensWhatIsNewAndResolvesWhatIsGone) {
  EXPECT_EQ(conclude({finding("1")}), Texts{"a: port_conflict ->open: port 1 is held"});
  EXPECT_EQ(conclude({finding("1")}, kStart + 10s), Texts{});
  EXPECT_EQ(conclude({finding("2")}, kStart + 20s),
            (Texts{"a: port_conflict ->open: port 2 is held",
                   "a: port_conflict open->resolved: port 1 is held"}));
  EXPECT_EQ(keys(book_), (Texts{"a 2 open", "a 1 resolved"}));
  const FindingList list = *book_.list();
  EXPECT_EQ(list[0].since, kStart + 20s);
  EXPECT_EQ(list[1].since, kStart);
  EXPECT_EQ(list[1].resolved, kStart + 20s);
  EXPECT_EQ(conclude({}, kStart + 30s), Texts{"a: port_conflict open->resolved: port 2 is held"});
  EXPECT_EQ(keys(book_), (Texts{"a 2 resolved", "a 1 resolved"}));
}

TEST_F(FindingBookTest, ResolvesNothingThatItCouldNotLookFor) {
  conclude({finding("1")});
  EXPECT_EQ(conclude({}, kStart + 10s, false), Texts{});
  EXPECT_EQ(conclude({finding("2")}, kStart + 20s, false),
            Texts{"a: port_conflict ->open: port 2 is held"});
  EXPECT_EQ(keys(book_), (Texts{"a 1 open", "a 2 open"}));
}

TEST_F(FindingBookTest, KnowsABlindRun) {
  EXPECT_TRUE(could_look(Outcome::pass("")));
  EXPECT_TRUE(could_look(Outcome::fail(Reason::kConflict, Phase::kEvaluate, "")));
  EXPECT_FALSE(could_look(Outcome::unknown(Reason::kPermission, Phase::kQuery, "")));
  EXPECT_FALSE(could_look(Outcome::fail(Reason::kTimeout, Phase::kQuery, "")));
  EXPECT_FALSE(could_look(Outcome::fail(Reason::kStuck, Phase::kQuery, "")));
}

TEST_F(FindingBookTest, TellsTheChecksApart) {
  conclude({finding("1")}, kStart, true, "a");
  conclude({finding("1")}, kStart + 1s, true, "b");
  EXPECT_EQ(conclude({}, kStart + 2s, true, "a"),
            Texts{"a: port_conflict open->resolved: port 1 is held"});
  EXPECT_EQ(keys(book_), (Texts{"b 1 open", "a 1 resolved"}));
}

TEST_F(FindingBookTest, AChangeOfSeverityOrConfidenceIsNewsAndOneOfTheMessageIsNot) {
  Finding now = finding("1");
  conclude({now});
  now.message = "port 1 is held; 46 restarts";
  now.evidence = {"other"};
  EXPECT_EQ(conclude({now}), Texts{});
  EXPECT_EQ(book_.list()->front().finding, now) << "the latest is shown all the same";
  now.severity = Severity::kPage;
  EXPECT_EQ(conclude({now}), Texts{"a: port_conflict ticket->page: port 1 is held; 46 restarts"});
  now.confidence = Confidence::kLow;
  EXPECT_EQ(conclude({now}), Texts{"a: port_conflict high->low: port 1 is held; 46 restarts"});
  EXPECT_EQ(book_.list()->front().since, kStart);
}

TEST_F(FindingBookTest, ListsTheSevereAndTheOldFirst) {
  conclude({finding("young"), finding("info", Severity::kInfo)}, kStart + 5s);
  conclude({finding("old")}, kStart, true, "b");
  conclude({finding("page", Severity::kPage)}, kStart + 9s, true, "c");
  EXPECT_EQ(keys(book_), (Texts{"c page open", "b old open", "a young open", "a info open"}));
}

TEST_F(FindingBookTest, MakesItsListAnewOnlyWhenSomethingChanged) {
  const auto empty = book_.list();
  conclude({});
  EXPECT_EQ(book_.list(), empty);
  conclude({finding("1")});
  const auto one = book_.list();
  EXPECT_NE(one, empty);
  conclude({finding("1")}, kStart + 10s);
  EXPECT_EQ(book_.list(), one);
}

TEST_F(FindingBookTest, CountsOneThatIsListedTwiceOnce) {
  Finding second = finding("1");
  second.message = "again";
  EXPECT_EQ(conclude({finding("1"), second}), Texts{"a: port_conflict ->open: port 1 is held"});
}

TEST_F(FindingBookTest, ClosesWhatAPausedCheckHadOpen) {
  conclude({finding("1")});
  std::vector<Event> events;
  book_.close("a", "paused", kStart + 1s, events);
  EXPECT_EQ(texts(events),
            Texts{"a: port_conflict open->resolved: port 1 is held (the check is paused)"});
  book_.close("a", "paused", kStart + 2s, events);
  book_.close("b", "paused", kStart + 2s, events);
  EXPECT_EQ(events.size(), 1U);
  EXPECT_TRUE(state_.section(FindingBook::kSection).empty());
}

TEST_F(FindingBookTest, KeepsTheSevereWhereThereAreTooManyAndSaysHowManyItLeavesOut) {
  std::vector<Finding> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(finding(std::to_string(i), i < 90 ? Severity::kInfo : Severity::kPage));
  }
  EXPECT_EQ(conclude(many).size(), FindingBook::kMaxOpen + 1);
  const FindingList list = *book_.list();
  ASSERT_EQ(list.size(), FindingBook::kMaxOpen + 1);
  EXPECT_EQ(list[0].finding.key, "90") << "the severe ones are all there";
  EXPECT_EQ(list[9].finding.key, "99");
  const auto omitted = std::ranges::find(list, FindingBook::kOmitted,
                                         [](const FindingView& view) { return view.finding.kind; });
  ASSERT_NE(omitted, list.end());
  EXPECT_EQ(omitted->finding.message, "a has 36 more findings than the 64 that are shown");
  EXPECT_EQ(omitted->finding.severity, Severity::kInfo);

  std::vector<Finding> other_order(many.rbegin(), many.rend());
  EXPECT_EQ(conclude(other_order), Texts{}) << "what is open stays, whatever the order";
  EXPECT_EQ(conclude({}).size(), FindingBook::kMaxOpen + 1) << "and each is resolved";
}

TEST_F(FindingBookTest, OpensNoMoreThanItMayWhereNothingIsResolved) {
  for (int i = 0; i < 100; ++i) {
    conclude({finding(std::to_string(i))}, kStart, false);
  }
  EXPECT_LE(book_.list()->size(), FindingBook::kMaxOpen + 1);
}

TEST_F(FindingBookTest, KeepsTheLastThatWereResolved) {
  for (int i = 0; i < 150; ++i) {
    conclude({finding(std::to_string(i))}, kStart + i * 1s);
  }
  conclude({}, kStart + 150s);
  const FindingList list = *book_.list();
  ASSERT_EQ(list.size(), FindingBook::kResolvedKept);
  EXPECT_EQ(list.front().finding.key, "149");
  EXPECT_EQ(list.back().finding.key, "50");
}

TEST_F(FindingBookTest, CutsWhatIsTooLongAtACharacter) {
  std::string text;
  while (text.size() < 2000) {
    text += "é";
  }
  Finding large = finding(text);
  large.message = "x" + text;
  large.evidence = std::vector<std::string>(100, text);
  conclude({large});
  const Finding& kept = book_.list()->front().finding;
  EXPECT_EQ(kept.key.size(), FindingBook::kMaxKey);
  EXPECT_EQ(kept.message.size(), FindingBook::kMaxLine - 1);
  EXPECT_EQ(kept.evidence.size(), FindingBook::kMaxEvidence);
  EXPECT_EQ(conclude({large}, kStart + 10s), Texts{}) << "it is known again";
}

TEST_F(FindingBookTest, SurvivesARestart) {
  Finding low = finding("key with spaces", Severity::kPage);
  low.confidence = Confidence::kLow;
  conclude({low, finding("")});
  const FindingList before = *book_.list();

  FindingBook after(state_);
  std::vector<Event> events;
  after.restore(always, kStart + 60s, events);
  EXPECT_TRUE(events.empty()) << "it was told when it opened";
  const FindingList list = *after.list();
  ASSERT_EQ(list.size(), before.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_EQ(list[i].check, before[i].check);
    EXPECT_EQ(list[i].finding, before[i].finding);
    EXPECT_EQ(list[i].since, kStart);
  }
  after.conclude("a", {low}, true, kStart + 70s, events);
  EXPECT_EQ(texts(events), Texts{"a: port_conflict open->resolved: port  is held"});
}

TEST_F(FindingBookTest, ResolvesAtTheStartWhatNobodyWatchesAnyMore) {
  conclude({finding("1")});
  FindingBook after(state_);
  std::vector<Event> events;
  after.restore([](std::string_view) { return false; }, kStart + 60s, events);
  EXPECT_EQ(texts(events), Texts{"a: port_conflict open->resolved: port 1 is held (the check is "
                                 "not configured any more)"});
  EXPECT_EQ(keys(after), Texts{"a 1 resolved"});
  EXPECT_TRUE(state_.section(FindingBook::kSection).empty());
}

TEST_F(FindingBookTest, DoesNotTrustWhatItReads) {
  const std::string section(FindingBook::kSection);
  state_.put(section, "a", {});
  state_.put(section, "a kind", {"page", "high", "1", "m"});
  state_.put(section, "a kind 1", {"page", "high", "1"});
  state_.put(section, "a kind 2", {"loud", "high", "1", "m"});
  state_.put(section, "a kind 3", {"page", "very", "1", "m"});
  state_.put(section, "a kind 4", {"page", "high", "yesterday", "m"});
  state_.put(section, "a kind 5", {"page", "high", "99999999999999999", "m"});
  state_.put(section, "a kind " + std::string(1000, 'x'), {"page", "high", "1", "m"});
  state_.put(section, "a kind later", {"page", "high", "4000000000000", "m"});
  for (int i = 0; i < 100; ++i) {
    state_.put(section, "b kind " + std::to_string(i), {"page", "high", "1", "m"});
  }
  std::vector<Event> events;
  book_.restore(always, kStart, events);
  EXPECT_TRUE(events.empty());
  std::size_t of_a = 0;
  for (const FindingView& view : *book_.list()) {
    of_a += view.check == "a" ? 1 : 0;
    EXPECT_LE(view.since, kStart);
  }
  EXPECT_EQ(of_a, 1U);
  EXPECT_EQ(book_.list()->size(), 1 + FindingBook::kMaxOpen + 1);
  EXPECT_EQ(state_.section(section).size(), book_.list()->size()) << "what is no use goes";
}

}  // namespace
}  // namespace hale::monitor
