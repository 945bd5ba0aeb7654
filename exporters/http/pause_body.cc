#include "exporters/http/pause_body.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include "exporters/http/target.h"
#include "monitor/values.h"

namespace hale::exporters {
namespace {

constexpr std::size_t kMaxReason = 500;
constexpr std::size_t kMaxBy = 100;

ApiError bad_request(std::string message) {
  return {400, "bad_request", std::move(message)};
}

// The body as an object with no other keys than these. Poco's exceptions end here.
Result<Poco::JSON::Object::Ptr> parse_object(std::string_view body,
                                             std::initializer_list<std::string_view> known) {
  Poco::JSON::Object::Ptr object;
  try {
    constexpr std::size_t kMaxDepth = 8;
    Poco::JSON::Parser parser;
    parser.setDepth(kMaxDepth);
    object = parser.parse(std::string(body)).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    return std::unexpected(bad_request("the body is not a JSON object"));
  }
  for (const std::string& key : object->getNames()) {
    if (std::ranges::find(known, key) == known.end()) {
      return std::unexpected(bad_request(
          "unknown key \"" + key + "\"" +
          did_you_mean(key, std::span<const std::string_view>(known.begin(), known.size()))));
    }
  }
  return object;
}

Result<std::string> text_of(const Poco::JSON::Object& object, const std::string& key,
                            std::size_t max_size) {
  if (!object.has(key)) {
    return "";
  }
  const Poco::Dynamic::Var value = object.get(key);
  if (!value.isString()) {
    return std::unexpected(bad_request("\"" + key + "\" must be a string"));
  }
  auto text = value.extract<std::string>();
  if (text.size() > max_size) {
    return std::unexpected(
        bad_request("\"" + key + "\" is longer than " + std::to_string(max_size) + " bytes"));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control)) {
    return std::unexpected(bad_request("\"" + key + "\" holds a control character"));
  }
  return text;
}

}  // namespace

Result<monitor::PauseRequest> parse_pause_body(std::string_view body) {
  monitor::PauseRequest request;
  if (body.empty()) {
    return request;
  }
  constexpr std::size_t kMaxDuration = 32;
  auto object = parse_object(body, {"for", "reason", "by"});
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  auto duration = text_of(**object, "for", kMaxDuration);
  auto reason = text_of(**object, "reason", kMaxReason);
  auto by = text_of(**object, "by", kMaxBy);
  for (auto* text : {&duration, &reason, &by}) {
    if (!*text) {
      return std::unexpected(std::move(text->error()));
    }
  }
  if ((*object)->has("for")) {
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

Result<void> expect_empty_body(std::string_view body) {
  if (body.empty()) {
    return {};
  }
  auto object = parse_object(body, {});
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  return {};
}

}  // namespace hale::exporters
