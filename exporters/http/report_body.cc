#include "exporters/http/report_body.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "exporters/http/json_body.h"

namespace hale::exporters {

using monitor::Report;

namespace {

constexpr std::array<std::string_view, 4> kKeys = {"state", "result", "message", "duration_ms"};
constexpr double kMaxDurationMs = 1e12;  // some thirty years
constexpr std::size_t kMaxWord = 16;

Result<Report::State> state_of(const JsonObject& object) {
  auto word = object.text("state", kMaxWord);
  if (!word) {
    return std::unexpected(std::move(word.error()));
  }
  if (*word == "start") {
    return Report::State::kStart;
  }
  if (*word == "done" || !object.has("state")) {
    return Report::State::kDone;
  }
  return std::unexpected(object.wrong("\"state\" is either \"start\" or \"done\""));
}

Result<monitor::Result> result_of(const JsonObject& object) {
  auto word = object.text("result", kMaxWord);
  if (!word) {
    return std::unexpected(std::move(word.error()));
  }
  if (!object.has("result")) {
    return monitor::Result::kPass;
  }
  for (int index = 0; index < monitor::kResultCount; ++index) {
    const auto result = static_cast<monitor::Result>(index);
    if (*word == to_string(result)) {
      return result;
    }
  }
  return std::unexpected(
      object.wrong("\"result\" is one of \"pass\", \"warn\", \"fail\", \"unknown\""));
}

}  // namespace

Result<Report> parse_report_body(std::string_view body) {
  auto object = JsonObject::parse(body, kKeys);
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  Report report;
  auto state = state_of(*object);
  auto result = result_of(*object);
  auto message = object->any_text("message");  // a job's last words are cut, not refused
  auto duration = object->number("duration_ms", 0, kMaxDurationMs);
  if (!state) {
    return std::unexpected(std::move(state.error()));
  }
  if (!result) {
    return std::unexpected(std::move(result.error()));
  }
  if (!message) {
    return std::unexpected(std::move(message.error()));
  }
  if (!duration) {
    return std::unexpected(std::move(duration.error()));
  }
  if (*state == Report::State::kStart && (object->has("result") || object->has("duration_ms"))) {
    return std::unexpected(object->wrong("a start has neither \"result\" nor \"duration_ms\" yet"));
  }
  report.state = *state;
  report.result = *result;
  report.message = std::move(*message);
  if (const std::optional<double> milliseconds = *duration) {
    const std::chrono::duration<double, std::milli> told(*milliseconds);
    report.duration = std::chrono::duration_cast<monitor::Duration>(told);
  }
  return report;
}

}  // namespace hale::exporters
