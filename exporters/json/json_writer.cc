#include "exporters/json/json_writer.h"

#include <chrono>
#include <cmath>

namespace hale::exporters {
namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 0xFU];
    }
  }
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  append_utf8(out, value, is_plain, append_escaped);
  out += '"';
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  comma_ = false;
}

void JsonWriter::null() {
  separate();
  out_ += "null";
}

void JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::string(std::string_view value) {
  separate();
  append_quoted(out_, value);
}

void JsonWriter::text(std::string_view value) {
  value.empty() ? null() : string(value);
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) {
    null();
    return;
  }
  separate();
  append_double(out_, value);
}

void JsonWriter::time(monitor::WallTime value) {
  separate();
  const auto rounded = std::chrono::round<std::chrono::milliseconds>(value.time_since_epoch());
  append_decimal(out_, rounded.count(), 3, 1);
}

void JsonWriter::time(std::optional<monitor::WallTime> value) {
  if (value) {
    time(*value);
  } else {
    null();
  }
}

void JsonWriter::milliseconds(monitor::Duration value) {
  separate();
  const auto rounded = std::chrono::round<std::chrono::microseconds>(value);
  append_decimal(out_, rounded.count(), 3, 0);
}

void JsonWriter::milliseconds(std::optional<monitor::Duration> value) {
  if (value) {
    milliseconds(*value);
  } else {
    null();
  }
}

void JsonWriter::milliseconds(double seconds) {
  constexpr double kTooLong = 9e9;  // what nanoseconds in 64 bits can say
  if (!(std::abs(seconds) < kTooLong)) {
    null();
    return;
  }
  milliseconds(
      std::chrono::duration_cast<monitor::Duration>(std::chrono::duration<double>(seconds)));
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::separate() {
  if (comma_) {
    out_ += ',';
  }
  comma_ = true;
}

}  // namespace hale::exporters
