#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "exporters/json/documents.h"
#include "tests/exporters/http/api_fixture.h"

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using monitor::Status;
using testing::ApiWorld;

// A board of checks named a, b, c ... with these statuses, of which the first is critical.
std::shared_ptr<monitor::BoardView> board_of(const std::vector<Status>& statuses) {
  std::vector<monitor::CheckView> checks;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    auto settings =
        testing::make_settings(std::string(1, static_cast<char>('a' + i)), testing::tcp_type());
    settings->critical = i == 0;
    settings->group = i < 2 ? "front" : "back";
    monitor::CheckView check = testing::make_check(settings);
    check.status = statuses[i];
    check.last_known = statuses[i] == Status::kUnknown ? Status::kHealthy : statuses[i];
    checks.push_back(std::move(check));
  }
  auto view = testing::make_board(std::move(checks));
  view->version = 99;
  view->groups = {{.name = "back", .title = "", .status = Status::kHealthy},
                  {.name = "front", .title = "", .status = Status::kHealthy}};
  return view;
}

TEST(ProbesTest, LiveWhileTheSchedulerAdvances) {
  ApiWorld world;
  EXPECT_EQ(*world.get("/livez").body, "ok");
  world.clock.stall(monitor::Board::kStallAfter);
  EXPECT_EQ(world.get("/livez").status, 200);
  world.clock.stall(1ms);
  EXPECT_EQ(world.get("/livez").status, 503);
  EXPECT_EQ(*world.get("/livez").body, "stalled");
  world.board.beat(world.clock.now());
  EXPECT_EQ(world.get("/livez").status, 200);
}

TEST(ProbesTest, ReadyOnceEveryCriticalCheckIsDecided) {
  ApiWorld world;
  EXPECT_EQ(world.get("/readyz").status, 503);
  EXPECT_EQ(*world.get("/readyz").body, "waiting for web");

  world.board.publish(board_of({Status::kHealthy, Status::kPending}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");
  world.board.publish(board_of({Status::kUnhealthy}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");
  world.board.publish(board_of({Status::kPaused}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");
  world.board.publish(board_of({}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");

  // Unknown after it was decided is decided; unknown from the start is not.
  world.board.publish(board_of({Status::kUnknown}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");
  auto never = testing::web_check();
  never.status = Status::kUnknown;
  world.board.publish(testing::make_board({never}));
  EXPECT_EQ(*world.get("/readyz").body, "waiting for web");
}

TEST(ProbesTest, NothingWaitsForAReport) {
  monitor::CheckView awaited = testing::backup_check();
  auto settings = std::make_shared<monitor::CheckSettings>(*awaited.settings);
  settings->critical = true;
  awaited.settings = settings;
  awaited.status = awaited.last_known = Status::kPending;
  monitor::CheckView web = testing::web_check();
  web.status = web.last_known = Status::kHealthy;
  ApiWorld world;
  world.board.publish(testing::make_board({awaited, web}));
  EXPECT_EQ(*world.get("/readyz").body, "ok");
  EXPECT_EQ(*world.get("/healthz").body, "healthy");
  EXPECT_EQ(*world.get("/healthz?check=backup,web").body, "healthy");
}

TEST(ProbesTest, ReadyzNamesAHundredAndCountsTheRest) {
  std::vector<monitor::CheckView> checks;
  for (int i = 1000; i < 1103; ++i) {
    auto settings = testing::make_settings("c" + std::to_string(i), testing::tcp_type());
    settings->critical = true;
    checks.push_back(testing::make_check(settings));
  }
  ApiWorld world;
  world.board.publish(testing::make_board(std::move(checks)));
  const std::string body = *world.get("/readyz").body;
  EXPECT_TRUE(body.starts_with("waiting for c1000, c1001, c1002")) << body;
  EXPECT_TRUE(body.ends_with(", c1099 and 3 more")) << body;
}

TEST(ProbesTest, HealthIsTheOverallStatusAsOneWord) {
  struct Case {
    std::vector<Status> statuses;
    std::string_view query;
    int status;
    std::string_view word;
  };
  const Case kCases[] = {
      {{Status::kHealthy, Status::kHealthy}, "", 200, "healthy"},
      {{Status::kHealthy, Status::kUnhealthy}, "", 200, "degraded"},
      {{Status::kHealthy, Status::kUnhealthy}, "?degraded=503", 503, "degraded"},
      {{Status::kHealthy, Status::kUnhealthy}, "?degraded=200", 200, "degraded"},
      {{Status::kHealthy}, "?degraded=503", 200, "healthy"},
      {{Status::kUnhealthy, Status::kHealthy}, "", 503, "unhealthy"},
      {{Status::kPending, Status::kHealthy}, "", 503, "unknown"},
      {{}, "", 503, "unknown"},
      // narrowed
      {{Status::kUnhealthy, Status::kHealthy}, "?check=b", 200, "healthy"},
      {{Status::kUnhealthy, Status::kHealthy}, "?exclude=a", 200, "healthy"},
      {{Status::kUnhealthy, Status::kHealthy}, "?check=a,b&exclude=a", 200, "healthy"},
      {{Status::kUnhealthy, Status::kHealthy}, "?check=a,b", 503, "unhealthy"},
      {{Status::kUnhealthy, Status::kHealthy, Status::kDegraded}, "?group=front", 503, "unhealthy"},
      {{Status::kUnhealthy, Status::kHealthy, Status::kDegraded}, "?group=back", 200, "degraded"},
      {{Status::kUnhealthy, Status::kHealthy, Status::kHealthy},
       "?group=front,back&exclude=a",
       200,
       "healthy"},
      {{Status::kUnhealthy, Status::kHealthy, Status::kHealthy},
       "?group=back&check=b",
       503,
       "unknown"},
      {{Status::kHealthy}, "?exclude=a", 503, "unknown"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.query) + " " + std::string(c.word));
    ApiWorld world;
    world.board.publish(board_of(c.statuses));
    const Response response = world.get("/healthz" + std::string(c.query));
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(*response.body, c.word);
    EXPECT_EQ(response.content_type, kTextContentType);
    const auto head = std::get<Response>(world.handle("HEAD", "/healthz" + std::string(c.query)));
    EXPECT_EQ(head.status, c.status);
  }
}

TEST(ProbesTest, HealthIsUnknownWhileTheSchedulerStandsStill) {
  ApiWorld world;
  world.board.publish(board_of({Status::kHealthy}));
  EXPECT_EQ(*world.get("/healthz").body, "healthy");
  world.clock.stall(6s);
  EXPECT_EQ(*world.get("/healthz").body, "unknown");
  EXPECT_EQ(world.get("/healthz").status, 503);
  EXPECT_EQ(*world.get("/healthz?verbose").body, "unknown\nthe scheduler does not advance\n");
  world.board.beat(world.clock.now());
  EXPECT_EQ(*world.get("/healthz").body, "healthy");
}

TEST(ProbesTest, HealthNamesTheCulpritsWhenAsked) {
  ApiWorld world;
  EXPECT_EQ(*world.get("/healthz?verbose").body,
            "unhealthy\n"
            "unhealthy db (critical): connection refused\n"
            "degraded disks: /var: 8.1 % free\n"
            "unknown nfs, last known healthy: an earlier look still hangs\n"
            "pending web (critical): no result yet\n");
  EXPECT_EQ(*world.get("/healthz?verbose=true&check=disks").body,
            "degraded\ndegraded disks: /var: 8.1 % free\n");
  EXPECT_EQ(*world.get("/healthz?verbose=false").body, "unhealthy");
  world.board.publish(board_of({Status::kHealthy}));
  EXPECT_EQ(*world.get("/healthz?verbose").body, "healthy\n");
}

TEST(ProbesTest, TheSloIsTheCulpritWhereItAloneDegradesACheck) {
  ApiWorld world;
  auto view = testing::make_board({testing::api_check()});
  view->version = 99;
  world.board.publish(view);
  EXPECT_EQ(*world.get("/healthz?verbose").body,
            "degraded\ndegraded api: " + view->checks[0]->by_slo->message + "\n");
}

TEST(ProbesTest, CulpritsTakeOneLineEachAndAHundredAtMost) {
  std::vector<monitor::CheckView> checks;
  for (int i = 1000; i < 1102; ++i) {
    checks.push_back(
        testing::make_check(testing::make_settings("c" + std::to_string(i), testing::tcp_type())));
    auto run = std::make_shared<monitor::RunView>();
    run->outcome =
        monitor::Outcome::fail(monitor::Reason::kStatus, monitor::Phase::kRun, "two\nlines\x7F\r");
    checks.back().status = Status::kUnhealthy;
    checks.back().last_known = Status::kUnhealthy;
    checks.back().last = run;
  }
  ApiWorld world;
  auto view = testing::make_board(std::move(checks));
  view->version = 99;
  world.board.publish(view);
  const std::string body = *world.get("/healthz?verbose").body;
  EXPECT_TRUE(body.starts_with("degraded\nunhealthy c1000: two lines  \nunhealthy c1001")) << body;
  EXPECT_TRUE(body.ends_with("unhealthy c1099: two lines  \nand 2 more\n")) << body;
}

TEST(ProbesTest, HealthSaysWhatIsWrongWithTheQuestion) {
  struct Case {
    std::string_view query;
    int status;
    std::string_view code;
    std::string_view message;
  };
  const Case kCases[] = {
      {"check=wbe", 404, "not_found", R"(no check named "wbe"; did you mean "web"?)"},
      {"check=web,", 404, "not_found", R"(no check named "")"},
      {"exclude=dbb", 404, "not_found", R"(no check named "dbb"; did you mean "db"?)"},
      {"group=strage", 404, "not_found", R"(no group named "strage"; did you mean "storage"?)"},
      {"group=", 404, "not_found", R"(no group named "")"},
      {"degraded=500", 400, "bad_request", R"(the parameter "degraded" is 503 or 200)"},
      {"verbose=2", 400, "bad_request",
       R"(the parameter "verbose" takes no value but true or false)"},
      {"checks=web", 400, "bad_request", R"(unknown parameter "checks"; did you mean "check"?)"},
      {"check=db&check=web", 400, "bad_request", R"(the parameter "check" is given twice)"},
  };
  ApiWorld world;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.query);
    const Response response = world.get("/healthz?" + std::string(c.query));
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(*response.body, error_json(c.code, c.message));
  }
}

}  // namespace
}  // namespace hale::exporters
