#include "exporters/http/observe_body.h"

#include <map>
#include <utility>

#include "exporters/http/json_body.h"
#include "exporters/http/target.h"

namespace hale::exporters {

using monitor::Reason;

namespace {

constexpr std::array<std::string_view, 5> kKeys = {"duration_ms", "operation", "success", "reason",
                                                   "labels"};
constexpr std::size_t kMaxElements = 4096;  // more than fit into a body
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxWord = 16;
constexpr std::size_t kMaxLabels = 64;
constexpr double kMaxDurationMs = (monitor::Operations::kMaxSeconds - 1) * 1000;

Result<std::string> operation_of(const JsonObject& object) {
  auto name = object.text("operation", kMaxName);
  if (name && !monitor::is_operation_name(*name)) {
    return std::unexpected(object.wrong(
        object.has("operation")
            ? "\"operation\" is no name (write letters, digits, \"_\", \".\", \":\", \"/\", \"-\")"
            : "\"operation\" is missing"));
  }
  return name;
}

Result<Reason> reason_of(const JsonObject& object) {
  auto word = object.text("reason", kMaxWord);
  if (!word) {
    return std::unexpected(std::move(word.error()));
  }
  if (const auto reason = monitor::reason_named(*word)) {
    return *reason;
  }
  std::array<std::string_view, monitor::kReasonCount - 1> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = to_string(static_cast<Reason>(i + 1));
  }
  return std::unexpected(
      object.wrong("\"reason\": \"" + *word + "\" is no reason" + did_you_mean(*word, words)));
}

Result<Observed> parse_element(const JsonObject& object, std::span<const std::string> labels) {
  Observed observed;
  auto operation = operation_of(object);
  auto duration = object.number("duration_ms", 0, kMaxDurationMs);
  auto success = object.boolean("success");
  auto reason = reason_of(object);
  auto sent = object.text_map("labels", kMaxLabels, kMaxName);
  const auto error_of = [](auto& result) { return std::unexpected(std::move(result.error())); };
  if (!operation) {
    return error_of(operation);
  }
  if (!duration) {
    return error_of(duration);
  }
  if (!success) {
    return error_of(success);
  }
  if (!reason) {
    return error_of(reason);
  }
  if (!sent) {
    return error_of(sent);
  }
  observed.operation = std::move(*operation);
  observed.seconds = duration->transform([](double ms) { return ms / 1000; });
  observed.success = success->value_or(true);
  observed.reason = observed.success ? Reason::kNone : *reason;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (const auto found = sent->find(labels[i]); found != sent->end()) {
      observed.labels[i] = found->second;
    }
  }
  return observed;
}

}  // namespace

Result<std::vector<Observed>> parse_observe_body(std::string_view body,
                                                 std::span<const std::string> labels) {
  std::vector<JsonObject> objects;
  if (const std::size_t first = body.find_first_not_of(" \t\r\n");
      first != std::string_view::npos && body[first] == '{') {
    auto object = JsonObject::parse(body, kKeys);
    if (!object) {
      return std::unexpected(std::move(object.error()));
    }
    objects.push_back(std::move(*object));
  } else {
    auto list = JsonObject::parse_list(body, kKeys, kMaxElements);
    if (!list) {
      return std::unexpected(std::move(list.error()));
    }
    objects = std::move(*list);
  }
  std::vector<Observed> all;
  all.reserve(objects.size());
  for (const JsonObject& object : objects) {
    auto observed = parse_element(object, labels);
    if (!observed) {
      return std::unexpected(std::move(observed.error()));
    }
    all.push_back(std::move(*observed));
  }
  return all;
}

}  // namespace hale::exporters
