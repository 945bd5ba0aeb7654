#include "exporters/http/api.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <gtest/gtest.h>
#include <zlib.h>

#include "exporters/json/documents.h"
#include "exporters/prometheus/exposition.h"
#include "tests/exporters/http/api_fixture.h"

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using testing::ApiWorld;
using testing::sample_board;

std::string error(std::string_view code, std::string_view message) {
  return error_json(code, message);
}

TEST(ApiTest, AnswersEveryPath) {
  ApiWorld world;
  const auto view = sample_board();
  struct Case {
    std::string_view target;
    std::string_view content_type;
    std::string body;
  };
  const Case kCases[] = {
      {"/livez", kTextContentType, "ok"},
      {"/api/v1/config", kTextContentType, "[agent]\n"},
      {"/api/v1/status", kJsonContentType, status_json(*view)},
      {"/api/v1/status?summary", kJsonContentType, status_json(*view, Checks::kLeftOut)},
      {"/api/v1/checks", kJsonContentType, checks_json(view->checks, *view->findings)},
      {"/api/v1/checks/db", kJsonContentType, check_json(*view->find("db"))},
      {"/api/v1/checks/%64b", kJsonContentType, check_json(*view->find("db"))},
      {"/api/v1/checks/db/history", kJsonContentType, history_json(*view->find("db"), 100)},
      {"/api/v1/checks/db/history?limit=1", kJsonContentType, history_json(*view->find("db"), 1)},
      {"/api/v1/findings", kJsonContentType, findings_json(*view->findings)},
      {"/api/v1/events", kJsonContentType, events_json(*view->events, 100, 0)},
      {"/api/v1/events?limit=1&since=1", kJsonContentType, events_json(*view->events, 1, 1)},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.target);
    for (const char* again : {"first", "from memory"}) {
      SCOPED_TRACE(again);
      const Response response = world.get(c.target);
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.content_type, c.content_type);
      EXPECT_EQ(*response.body, c.body);
    }
  }
}

TEST(ApiTest, NamesItsPathsAtTheRoot) {
  ApiWorld world;
  const Response response = world.get("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, kTextContentType);
  for (const char* path :
       {"/livez", "/readyz", "/healthz", "/metrics", "/api/v1/status", "/api/v1/checks/{name}/run",
        "/api/v1/checks/{name}/heartbeat", "/api/v1/events"}) {
    EXPECT_NE(response.body->find(path), std::string::npos) << path;
  }
}

TEST(ApiTest, ServesMetricsWithItsOwnCounters) {
  ApiWorld world;
  const Response response = world.get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, content_type_of(ExpositionFormat::kText));
  for (const char* line : {"\nhale_http_requests_total 1\n", "\nhale_http_connections 2\n",
                           "\nhale_http_connections_refused_total 3\n",
                           "\nhale_control_rejected_total 5\n", "\nprocess_open_fds "}) {
    EXPECT_NE(response.body->find(line), std::string::npos) << line;
  }
}

// What gzip made, by zlib.
std::string unpacked(const std::string& packed) {
  std::string text(1 << 20U, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + 15), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(ApiTest, ServesMetricsInTheFormatThatIsAskedFor) {
  ApiWorld world;
  const auto get = [&](std::string_view accept, std::string_view encoding) {
    return std::get<Response>(world.api.handle({.method = "GET",
                                                .target = "/metrics",
                                                .content_type = {},
                                                .accept = accept,
                                                .accept_encoding = encoding,
                                                .body = {}}));
  };
  const Response text = get("", "");
  const Response open_metrics = get("application/openmetrics-text;version=1.0.0", "");
  const Response packed = get("", "gzip");
  EXPECT_EQ(open_metrics.content_type, content_type_of(ExpositionFormat::kOpenMetrics));
  EXPECT_TRUE(open_metrics.body->ends_with("\n# EOF\n"));
  EXPECT_EQ(packed.content_type, text.content_type);
  EXPECT_LT(packed.body->size() * 4, text.body->size());
  // What the process costs may change from one to the next.
  const auto without_process = [](const std::string& body) {
    return body.substr(0, body.find("# HELP process_"));
  };
  EXPECT_EQ(without_process(unpacked(*packed.body)), without_process(*text.body));
  const auto encoding = std::ranges::find(packed.headers, "Content-Encoding",
                                          &std::pair<std::string, std::string>::first);
  ASSERT_NE(encoding, packed.headers.end());
  EXPECT_EQ(encoding->second, "gzip");

  // From memory, too, each gets its own.
  EXPECT_EQ(get("", "").body, text.body);
  EXPECT_EQ(get("*/*", "identity").body, text.body);
  EXPECT_EQ(get("", "gzip").body, packed.body);
  EXPECT_EQ(get("application/openmetrics-text", "").body, open_metrics.body);
}

TEST(ApiTest, FiltersChecks) {
  ApiWorld world;
  const auto view = sample_board();
  struct Case {
    std::string_view query;
    std::string_view names;
  };
  const Case kCases[] = {
      {"?status=unhealthy", "db "},
      {"?status=paused,pending", "memory web "},
      {"?type=disk", "disks nfs "},
      {"?type=http", ""},
      {"?group=storage", "db disks "},
      {"?critical=true", "db web "},
      {"?critical=false", "disks memory nfs "},
      {"?critical=true&type=tcp&status=pending", "web "},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.query);
    const Response response = world.get("/api/v1/checks" + std::string(c.query));
    std::vector<std::shared_ptr<const monitor::CheckView>> expected;
    for (const auto& check : view->checks) {
      if (c.names.find(check->settings->name + " ") != std::string_view::npos) {
        expected.push_back(check);
      }
    }
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(*response.body, checks_json(expected, *view->findings));
  }
}

TEST(ApiTest, SaysWhatIsWrongWithARequest) {
  ApiWorld world;
  struct Case {
    std::string_view method;
    std::string target;
    int status;
    std::string_view code;
    std::string_view message;
  };
  const Case kCases[] = {
      {"GET", "/nowhere", 404, "not_found", "no such path: /nowhere"},
      {"GET", "/api/v1/status/", 404, "not_found", "no such path: /api/v1/status/"},
      {"GET", "/api/v2/status", 404, "not_found", "no such path: /api/v2/status"},
      {"GET", "/api/v1/checks/db/history/x", 404, "not_found",
       "no such path: /api/v1/checks/db/history/x"},
      {"GET", "/api/v1/checks/bd", 404, "not_found", R"(no check named "bd")"},
      {"GET", "/api/v1/checks/wbe", 404, "not_found",
       R"(no check named "wbe"; did you mean "web"?)"},
      {"GET", "/api/v1/checks/", 404, "not_found", R"(no check named "")"},
      {"GET", "/api/v1/checks/memroy/history", 404, "not_found",
       R"(no check named "memroy"; did you mean "memory"?)"},
      {"GET", "/api/v1/checks?group=storag", 404, "not_found",
       R"(no group named "storag"; did you mean "storage"?)"},
      {"GET", "/api/v1/checks?status=helthy", 400, "bad_request",
       R"("helthy" is not a status; did you mean "healthy"?)"},
      {"GET", "/api/v1/checks?critical=yes", 400, "bad_request",
       R"(the parameter "critical" is either true or false)"},
      {"GET", "/api/v1/checks?stauts=healthy", 400, "bad_request",
       R"(unknown parameter "stauts"; did you mean "status"?)"},
      {"GET", "/api/v1/status?summary=maybe", 400, "bad_request",
       R"(the parameter "summary" takes no value but true or false)"},
      {"GET", "/livez?verbose", 400, "bad_request",
       R"(unknown parameter "verbose"; /livez takes none)"},
      {"GET", "/metrics?name[]=x", 400, "bad_request",
       R"(unknown parameter "name[]"; /metrics takes none)"},
      {"GET", "/?x", 400, "bad_request", R"(unknown parameter "x"; / takes none)"},
      {"GET", "/api/v1/events?limit=0", 400, "bad_request",
       R"(the parameter "limit" is a number from 1 to 10000)"},
      {"GET", "/api/v1/checks/db/history?limit=101", 400, "bad_request",
       R"(the parameter "limit" is a number from 1 to 100)"},
      {"GET", "/api/v1/events?since=-1", 400, "bad_request",
       R"(the parameter "since" is a number from 0 to 18446744073709551615)"},
      {"GET", "livez", 400, "bad_request", "the path must begin with a slash"},
      {"GET", "/livez%", 400, "bad_request", "the path holds a % that no two hex digits follow"},
      {"GET", "/" + std::string(8 * 1024, 'x'), 414, "too_large", "the URL is longer than 8 kB"},
      {"POST", "/api/v1/checks/db/run?now", 400, "bad_request",
       R"(unknown parameter "now"; /api/v1/checks/db/run takes none)"},
      {"POST", "/api/v1/checks/wbe/pause", 404, "not_found",
       R"(no check named "wbe"; did you mean "web"?)"},
      {"POST", "/api/v1/checks/db/ack", 404, "not_found", "no such path: /api/v1/checks/db/ack"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.target.substr(0, 100));
    const auto response = std::get<Response>(world.handle(c.method, c.target));
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.content_type, kJsonContentType);
    EXPECT_EQ(*response.body, error(c.code, c.message));
  }
  EXPECT_TRUE(world.commands.take().empty());
}

TEST(ApiTest, AllowsEachPathItsMethods) {
  ApiWorld world;
  for (const std::string_view target :
       {"/", "/livez", "/readyz", "/healthz", "/metrics", "/api/v1/status", "/api/v1/checks",
        "/api/v1/checks/db", "/api/v1/checks/db/history", "/api/v1/events"}) {
    for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
      SCOPED_TRACE(std::string(method) + " " + std::string(target));
      const auto response = std::get<Response>(world.handle(method, target));
      EXPECT_EQ(response.status, 405);
      EXPECT_EQ(*response.body,
                error("method_not_allowed",
                      std::string(target) + " answers GET, HEAD, not " + std::string(method)));
      ASSERT_EQ(response.headers.size(), 1U);
      EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>("Allow", "GET, HEAD")));
    }
    const auto head = std::get<Response>(world.handle("HEAD", target));
    const auto get = std::get<Response>(world.handle("GET", target));
    EXPECT_EQ(head.status, get.status);
  }
  for (const std::string_view target :
       {"/api/v1/checks/db/run", "/api/v1/checks/db/pause", "/api/v1/checks/db/resume"}) {
    for (const std::string_view method : {"GET", "HEAD", "PUT", "DELETE"}) {
      SCOPED_TRACE(std::string(method) + " " + std::string(target));
      const auto response = std::get<Response>(world.handle(method, target));
      EXPECT_EQ(response.status, 405);
      ASSERT_EQ(response.headers.size(), 1U);
      EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>("Allow", "POST")));
    }
  }
  EXPECT_TRUE(world.commands.take().empty());
}

TEST(ApiTest, RendersAgainOnlyWhenTheBoardHasChanged) {
  ApiWorld world;
  const auto first = world.get("/api/v1/status").body;
  EXPECT_EQ(world.get("/api/v1/status").body, first);
  EXPECT_EQ(std::get<Response>(world.handle("HEAD", "/api/v1/status")).body, first);
  EXPECT_NE(world.get("/api/v1/status?summary").body, first);
  EXPECT_EQ(world.get("/api/v1/status").body, first);

  auto next = testing::make_board({testing::web_check()});
  next->version = 8;
  world.board.publish(next);
  EXPECT_EQ(*world.get("/api/v1/status").body, status_json(*next));
}

TEST(ApiTest, LooksAtTheProcessAgainAfterASecond) {
  ApiWorld world;
  const auto first = world.get("/metrics").body;
  world.clock.stall(900ms);
  EXPECT_EQ(world.get("/metrics").body, first);
  world.clock.stall(200ms);
  EXPECT_NE(world.get("/metrics").body, first);
}

TEST(ApiTest, KeepsLittleOfWhatStrangersVary) {
  ApiWorld world;
  const auto first = world.get("/api/v1/status").body;
  for (int i = 1; i <= 200; ++i) {
    world.get("/api/v1/events?limit=" + std::to_string(i));
  }
  EXPECT_LE(first.use_count(), 1) << "two hundred answers are held at once";
  EXPECT_EQ(*world.get("/api/v1/status").body, *first);
}

TEST(ApiTest, WaitsForTheFirstBoard) {
  asio::io_context loop;
  testing::SimClock clock(loop);
  monitor::Board board;
  testing::FakeCommands commands;
  monitor::Operations operations({}, clock.now());
  Api api({.board = board,
           .clock = clock,
           .commands = commands,
           .operations = operations,
           .http_stats = [] { return HttpStats{}; },
           .configuration = "",
           .metrics = {}});
  const auto handle = [&](std::string_view method, std::string_view target) {
    return std::get<Response>(
        api.handle({.method = method, .target = target, .content_type = "", .body = ""}));
  };
  for (const std::string_view target :
       {"/metrics", "/api/v1/status", "/api/v1/checks", "/api/v1/checks/db", "/api/v1/events"}) {
    SCOPED_TRACE(target);
    const Response response = handle("GET", target);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(*response.body, error("starting", "the agent is starting"));
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].first, "Retry-After");
  }
  EXPECT_EQ(handle("POST", "/api/v1/checks/db/run").status, 503);
  EXPECT_EQ(handle("GET", "/").status, 200);
  EXPECT_EQ(*handle("GET", "/livez").body, "stalled");
  EXPECT_EQ(*handle("GET", "/readyz").body, "starting");
  EXPECT_EQ(*handle("GET", "/healthz").body, "unknown");
  EXPECT_EQ(handle("GET", "/healthz").status, 503);

  board.beat(clock.now());
  board.publish(sample_board());
  EXPECT_EQ(handle("GET", "/livez").status, 200);
  EXPECT_EQ(handle("GET", "/api/v1/status").status, 200);
}

}  // namespace
}  // namespace hale::exporters
