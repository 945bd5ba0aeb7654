// Writes JSON (RFC 8259) into a string, value by value, without building a tree first. Our own
// because it runs on the HTTP thread between two probes: see exporters/README.md for what it costs
// beside Poco's printer.
//
// The output is valid JSON for any input: control characters are escaped, bytes that are not UTF-8
// become U+FFFD, and numbers that JSON cannot say (NaN, infinities) become null. The caller
// guarantees the nesting: every begin has its end, and in an object every value has its key.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/text.h"
#include "monitor/time.h"

namespace hale::exporters {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name);  // then exactly one value

  void null();
  void boolean(bool value);
  void string(std::string_view value);
  void text(std::string_view value);  // null when empty, else a string
  void number(double value);
  template <std::integral Integer>
  void integer(Integer value) {
    separate();
    append_integer(out_, value);
  }
  void time(monitor::WallTime value);  // Unix seconds, to the millisecond
  void time(std::optional<monitor::WallTime> value);
  void milliseconds(monitor::Duration value);  // to the microsecond
  void milliseconds(std::optional<monitor::Duration> value);
  void milliseconds(double seconds);  // likewise; null where it is no number

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  bool comma_ = false;  // the next value or key follows another one
};

}  // namespace hale::exporters
