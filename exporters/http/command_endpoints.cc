// The endpoints that ask the engine for something. They answer once the effect is on the board.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "exporters/http/endpoints.h"
#include "exporters/http/json_body.h"
#include "exporters/http/pause_body.h"
#include "exporters/http/report_body.h"
#include "exporters/json/documents.h"

namespace hale::exporters {

using monitor::CheckView;
using monitor::CommandError;
using monitor::CommandErrorKind;
using monitor::Duration;

namespace {

// What the engine may need beyond a run's own timeout.
constexpr Duration kSlack = std::chrono::seconds(10);

ApiError to_api_error(const CommandError& error) {
  switch (error.kind) {
    case CommandErrorKind::kNotFound:
      return {404, "not_found", error.message};
    case CommandErrorKind::kStuck:
      return {409, "stuck", error.message};
    case CommandErrorKind::kCancelled:
      return {409, "cancelled", error.message};
    case CommandErrorKind::kStopping:
      return {503, "stopping", error.message};
    case CommandErrorKind::kOverloaded:
      return {503, "overloaded", error.message};
    case CommandErrorKind::kNotRun:
      return {409, "not_run", error.message};
    case CommandErrorKind::kNotAwaited:
      return {409, "not_awaited", error.message};
    case CommandErrorKind::kForbidden:
      return {403, "forbidden", error.message};
  }
  return {500, "internal", error.message};
}

// `board`: has the effect by then.
Response finish(const Deferred::Result& result, const monitor::Board& board) {
  if (!result) {
    return error_response(to_api_error(result.error()));
  }
  const auto view = board.view();
  return json_response(command_json(*result->check, result->run.get(), *view->findings));
}

std::function<Response(const Deferred::Result&)> finisher(const Call& call) {
  return [&board = call.sources.board](const Deferred::Result& result) {
    return finish(result, board);
  };
}

// What follows "Bearer" (RFC 6750, the scheme in any case); empty: there is none.
std::string bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const auto same_letter = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  if (!std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme, same_letter)) {
    return "";
  }
  const std::string_view rest = authorization.substr(kScheme.size());
  const std::size_t first = rest.find_first_not_of(' ');
  return first == std::string_view::npos
             ? ""
             : std::string(rest.substr(first, rest.find_last_not_of(' ') + 1 - first));
}

// 401 asks for a token; 403 is the answer to one that is wrong.
Response finish_report(const Deferred::Result& result, const monitor::Board& board,
                       bool token_shown) {
  if (!result && result.error().kind == CommandErrorKind::kForbidden && !token_shown) {
    Response response = error_response({401, "unauthorized", result.error().message});
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  return finish(result, board);
}

// The check that is meant, once everything but the body is found to be in order.
Result<std::shared_ptr<const CheckView>> target_check(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  return find_check(*call.view, call.name);
}

}  // namespace

Result<Reply> run(const Call& call) {
  auto check = target_check(call);
  if (!check) {
    return std::unexpected(std::move(check.error()));
  }
  if (auto empty = expect_empty_body(call.body); !empty) {
    return std::unexpected(std::move(empty.error()));
  }
  Commands& commands = call.sources.commands;
  return Deferred{
      .start = [&commands, name = call.name](
                   monitor::ReplyHandler reply) { commands.run(name, std::move(reply)); },
      .finish = finisher(call),
      .patience = (*check)->settings->timeout + kSlack};
}

Result<Reply> pause(const Call& call) {
  auto check = target_check(call);
  if (!check) {
    return std::unexpected(std::move(check.error()));
  }
  auto request = parse_pause_body(call.body);
  if (!request) {
    return std::unexpected(std::move(request.error()));
  }
  Commands& commands = call.sources.commands;
  return Deferred{
      .start =
          [&commands, name = call.name, request = std::move(*request)](
              monitor::ReplyHandler reply) { commands.pause(name, request, std::move(reply)); },
      .finish = finisher(call),
      .patience = kSlack};
}

Result<Reply> resume(const Call& call) {
  auto check = target_check(call);
  if (!check) {
    return std::unexpected(std::move(check.error()));
  }
  if (auto empty = expect_empty_body(call.body); !empty) {
    return std::unexpected(std::move(empty.error()));
  }
  Commands& commands = call.sources.commands;
  return Deferred{
      .start = [&commands, name = call.name](
                   monitor::ReplyHandler reply) { commands.resume(name, std::move(reply)); },
      .finish = finisher(call),
      .patience = kSlack};
}

Result<Reply> heartbeat(const Call& call) {
  auto check = target_check(call);
  if (!check) {
    return std::unexpected(std::move(check.error()));
  }
  auto report = parse_report_body(call.body);
  if (!report) {
    return std::unexpected(std::move(report.error()));
  }
  Commands& commands = call.sources.commands;
  std::string token = bearer_token(call.authorization);
  const bool token_shown = !token.empty();
  return Deferred{.start =
                      [&commands, name = call.name, token = std::move(token),
                       report = std::move(*report)](monitor::ReplyHandler reply) {
                        commands.report(name, token, report, std::move(reply));
                      },
                  .finish =
                      [token_shown, &board = call.sources.board](const Deferred::Result& result) {
                        return finish_report(result, board, token_shown);
                      },
                  .patience = kSlack};
}

}  // namespace hale::exporters
