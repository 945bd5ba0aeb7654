// The endpoints that ask the engine for something. They answer once the effect is on the board.
#include <chrono>
#include <string>
#include <utility>

#include "exporters/http/endpoints.h"
#include "exporters/http/pause_body.h"
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
  }
  return {500, "internal", error.message};
}

Response finish(const Deferred::Result& result) {
  if (!result) {
    return error_response(to_api_error(result.error()));
  }
  return json_response(command_json(*result->check, result->run.get()));
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
      .finish = finish,
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
      .finish = finish,
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
      .finish = finish,
      .patience = kSlack};
}

}  // namespace hale::exporters
