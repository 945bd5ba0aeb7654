// The endpoints that show what is on the board.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/http/endpoints.h"
#include "exporters/http/gzip.h"
#include "exporters/json/documents.h"
#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/negotiation.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::CheckView;
using monitor::Status;
using monitor::to_string;

namespace {

constexpr std::uint64_t kMaxHistory = 100;
constexpr std::uint64_t kMaxEvents = 10'000;
constexpr std::uint64_t kDefaultEvents = 100;

Result<std::vector<Status>> parse_statuses(const Query& query) {
  std::vector<Status> wanted;
  for (const std::string& word : query.list("status")) {
    std::array<std::string_view, monitor::kStatusCount> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = to_string(static_cast<Status>(i));
    }
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
      return std::unexpected(ApiError{
          400, "bad_request", "\"" + word + "\" is not a status" + did_you_mean(word, words)});
    }
    wanted.push_back(static_cast<Status>(found - words.begin()));
  }
  return wanted;
}

}  // namespace

Result<std::shared_ptr<const CheckView>> find_check(const BoardView& view, std::string_view name) {
  if (auto found = view.find(name)) {
    return found;
  }
  std::vector<std::string_view> names;
  names.reserve(view.checks.size());
  for (const auto& check : view.checks) {
    names.push_back(check->settings->name);
  }
  return std::unexpected(
      ApiError{404, "not_found",
               "no check named \"" + std::string(name) + "\"" + did_you_mean(name, names)});
}

Result<void> expect_group(const BoardView& view, std::string_view name) {
  std::vector<std::string_view> names;
  for (const monitor::GroupView& group : view.groups) {
    if (group.name == name) {
      return {};
    }
    names.push_back(group.name);
  }
  for (const auto& check : view.checks) {
    if (check->settings->group == name && !name.empty()) {
      return {};
    }
  }
  return std::unexpected(
      ApiError{404, "not_found",
               "no group named \"" + std::string(name) + "\"" + did_you_mean(name, names)});
}

Result<Reply> index(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  return text_response(
      200,
      "hale\n"
      "\n"
      "GET  /livez                          does the agent run\n"
      "GET  /readyz                         has every critical check a result\n"
      "GET  /healthz                        the overall status, one word\n"
      "GET  /metrics                        for Prometheus\n"
      "GET  /api/v1/status                  the overall status and every check\n"
      "GET  /api/v1/checks                  every check in full\n"
      "GET  /api/v1/checks/{name}           one check in full\n"
      "GET  /api/v1/checks/{name}/history   its last results\n"
      "POST /api/v1/checks/{name}/run       run it now\n"
      "POST /api/v1/checks/{name}/pause     {\"for\": \"1h\", \"reason\": \"...\", "
      "\"by\": \"...\"}\n"
      "POST /api/v1/checks/{name}/resume    end the pause\n"
      "POST /api/v1/checks/{name}/heartbeat a job reports: nothing, or {\"result\": \"fail\", "
      "...}\n"
      "GET  /api/v1/findings                what was concluded, and still holds\n"
      "GET  /api/v1/operations              what applications have timed\n"
      "POST /api/v1/observe                 [{\"operation\": \"...\", \"duration_ms\": 12}]\n"
      "GET  /api/v1/events                  what happened\n"
      "GET  /api/v1/config                  the effective configuration, secrets masked\n");
}

Result<Reply> configuration(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  return text_response(200, call.sources.configuration);
}

Result<Reply> metrics(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  const MetricsInput input{.settings = call.sources.metrics,
                           .alive = call.alive,
                           .operations = call.sources.operations.view(call.sources.clock.now()),
                           .process = read_process_stats(),
                           .http = call.sources.http_stats(),
                           .commands_rejected = call.sources.commands.rejected()};
  const ExpositionFormat format = negotiate_format(call.accept);
  std::string body = render_metrics(*call.view, input, format);
  bool packed = false;
  if (accepts_gzip(call.accept_encoding)) {
    if (std::optional<std::string> smaller = gzip(body)) {
      body = *std::move(smaller);
      packed = true;
    }
  }
  Response response = text_response(200, std::move(body));
  response.content_type = content_type_of(format);
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (packed) {
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

Result<Reply> status(const Call& call) {
  constexpr std::array<std::string_view, 1> kKnown = {"summary"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto summary = query->flag("summary");
  if (!summary) {
    return std::unexpected(std::move(summary.error()));
  }
  return json_response(status_json(*call.view, *summary ? Checks::kLeftOut : Checks::kListed));
}

Result<Reply> checks(const Call& call) {
  constexpr std::array<std::string_view, 4> kKnown = {"status", "type", "group", "critical"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto statuses = parse_statuses(*query);
  if (!statuses) {
    return std::unexpected(std::move(statuses.error()));
  }
  auto critical = query->boolean("critical");
  if (!critical) {
    return std::unexpected(std::move(critical.error()));
  }
  const std::string* type = query->find("type");
  const std::string* group = query->find("group");
  if (group != nullptr) {
    if (auto found = expect_group(*call.view, *group); !found) {
      return std::unexpected(std::move(found.error()));
    }
  }
  std::vector<std::shared_ptr<const CheckView>> wanted;
  for (const auto& check : call.view->checks) {
    const monitor::CheckSettings& settings = *check->settings;
    const bool fits =
        (statuses->empty() || std::ranges::find(*statuses, check->status) != statuses->end()) &&
        (type == nullptr || settings.type->name == *type) &&
        (group == nullptr || settings.group == *group) &&
        settings.critical == critical.value().value_or(settings.critical);
    if (fits) {
      wanted.push_back(check);
    }
  }
  return json_response(checks_json(wanted, *call.view->findings));
}

Result<Reply> check(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  auto found = find_check(*call.view, call.name);
  if (!found) {
    return std::unexpected(std::move(found.error()));
  }
  return json_response(check_json(**found, *call.view->findings));
}

Result<Reply> history(const Call& call) {
  constexpr std::array<std::string_view, 1> kKnown = {"limit"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto limit = query->number("limit", kMaxHistory, 1, kMaxHistory);
  if (!limit) {
    return std::unexpected(std::move(limit.error()));
  }
  auto found = find_check(*call.view, call.name);
  if (!found) {
    return std::unexpected(std::move(found.error()));
  }
  return json_response(history_json(**found, *limit));
}

Result<Reply> findings(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  return json_response(findings_json(*call.view->findings));
}

Result<Reply> events(const Call& call) {
  constexpr std::array<std::string_view, 2> kKnown = {"limit", "since"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto limit = query->number("limit", kDefaultEvents, 1, kMaxEvents);
  if (!limit) {
    return std::unexpected(std::move(limit.error()));
  }
  auto since = query->number("since", 0, 0, std::numeric_limits<std::uint64_t>::max());
  if (!since) {
    return std::unexpected(std::move(since.error()));
  }
  return json_response(events_json(*call.view->events, *limit, *since));
}

}  // namespace hale::exporters
