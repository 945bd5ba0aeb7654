#include "exporters/http/pause_body.h"

#include <array>
#include <string>
#include <utility>

#include "exporters/http/json_body.h"
#include "monitor/values.h"

namespace hale::exporters {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"for", "reason", "by"};
constexpr std::size_t kMaxDuration = 32;
constexpr std::size_t kMaxReason = 500;
constexpr std::size_t kMaxBy = 100;

}  // namespace

Result<monitor::PauseRequest> parse_pause_body(std::string_view body) {
  auto object = JsonObject::parse(body, kKeys);
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  auto duration = object->text("for", kMaxDuration);
  auto reason = object->text("reason", kMaxReason);
  auto by = object->text("by", kMaxBy);
  for (auto* text : {&duration, &reason, &by}) {
    if (!*text) {
      return std::unexpected(std::move(text->error()));
    }
  }
  monitor::PauseRequest request;
  if (object->has("for")) {
    const auto parsed = monitor::parse_duration(*duration);
    if (!parsed || *parsed <= monitor::Duration::zero()) {
      return std::unexpected(
          bad_request("\"for\": \"" + *duration + "\" " +
                      (parsed ? "is no time at all (write \"10m\")" : parsed.error())));
    }
    request.duration = *parsed;
  }
  request.reason = std::move(*reason);
  request.by = std::move(*by);
  return request;
}

}  // namespace hale::exporters
