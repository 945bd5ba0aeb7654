#include "exporters/json/windows.h"

#include <string_view>
#include <utility>

namespace hale::exporters {

using monitor::kWindowCount;
using monitor::Window;
using monitor::WindowView;
using monitor::WindowViews;

namespace {

void write_latency(JsonWriter& json, const WindowView& window) {
  json.begin_object();
  json.key("samples");
  json.integer(window.samples);
  const std::pair<std::string_view, double> values[] = {
      {"p50_ms", window.p50}, {"p95_ms", window.p95}, {"p99_ms", window.p99},
      {"min_ms", window.min}, {"max_ms", window.max}, {"avg_ms", window.mean}};
  for (const auto& [name, seconds] : values) {
    json.key(name);
    json.milliseconds(seconds);
  }
  json.key("low_confidence");
  json.boolean(window.low_confidence());
  json.key("span_ms");
  json.milliseconds(window.span);
  json.end_object();
}

}  // namespace

void write_windows(JsonWriter& json, const WindowViews& windows) {
  json.key("latency");
  json.begin_object();
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    json.key(to_string(static_cast<Window>(i)));
    write_latency(json, windows[i]);
  }
  json.end_object();
  json.key("success_ratio");
  json.begin_object();
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    json.key(to_string(static_cast<Window>(i)));
    json.number(windows[i].success_ratio().value_or(WindowView::kNothing));
  }
  json.end_object();
}

}  // namespace hale::exporters
