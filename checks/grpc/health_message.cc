#include "checks/grpc/health_message.h"

#include <algorithm>
#include <array>
#include <optional>

namespace hale::checks::grpc {
namespace {

constexpr std::size_t kFrameHead = 5;  // one byte of flags, four of length, big endian

// Protocol Buffers' wire types.
enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

std::uint8_t byte_at(std::string_view data, std::size_t i) {
  return static_cast<std::uint8_t>(data[i]);
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_varint(std::string_view& data) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(data.size(), 10); ++i) {
    const std::uint8_t byte = byte_at(data, i);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) {
      data.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

bool skip(std::string_view& data, std::size_t count) {
  if (count > data.size()) {
    return false;
  }
  data.remove_prefix(count);
  return true;
}

// A field that nobody asked for.
bool skip_field(std::string_view& data, std::uint64_t wire) {
  switch (static_cast<Wire>(wire)) {
    case Wire::kVarint:
      return take_varint(data).has_value();
    case Wire::kFixed64:
      return skip(data, 8);
    case Wire::kFixed32:
      return skip(data, 4);
    case Wire::kLengthDelimited: {
      const auto length = take_varint(data);
      return length && *length <= data.size() && skip(data, static_cast<std::size_t>(*length));
    }
  }
  return false;
}

std::optional<std::uint64_t> status_in(std::string_view message) {
  constexpr std::uint64_t kStatusField = 1U << 3U;  // field 1, a varint
  std::uint64_t status = 0;                         // a field that is not there has its default
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag) {
      return std::nullopt;
    }
    if (*tag == kStatusField) {
      const auto value = take_varint(message);
      if (!value) {
        return std::nullopt;
      }
      status = *value;
    } else if (!skip_field(message, *tag & 7U)) {
      return std::nullopt;
    }
  }
  return status;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string encode_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += static_cast<char>((1U << 3U) | static_cast<unsigned>(Wire::kLengthDelimited));
    put_varint(message, service.size());
    message += service;
  }
  std::string frame(1, '\0');  // not compressed
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    frame += static_cast<char>(static_cast<std::uint8_t>(message.size() >> shift));
  }
  return frame + message;
}

std::expected<Serving, std::string> decode_response(std::string_view body) {
  if (body.size() < kFrameHead) {
    return std::unexpected(body.empty() ? " is empty" : " is cut short");
  }
  if (byte_at(body, 0) != 0) {
    return std::unexpected(" is compressed, which nobody asked for");
  }
  std::size_t length = 0;
  for (std::size_t i = 1; i < kFrameHead; ++i) {
    length = (length << 8U) | byte_at(body, i);
  }
  const std::string_view message = body.substr(kFrameHead);
  if (message.size() != length) {
    return std::unexpected(message.size() < length ? " is cut short" : " is more than one message");
  }
  const auto status = status_in(message);
  if (!status) {
    return std::unexpected(" is no HealthCheckResponse");
  }
  return *status <= 3 ? static_cast<Serving>(*status) : Serving::kUnknown;
}

std::string decode_message(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? hex_digit(text[i + 1]) : -1;
    const int low = escape ? hex_digit(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      decoded += static_cast<char>(static_cast<std::uint8_t>(high * 16 + low));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string code_name(int code) {
  static constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                              "CANCELLED",
                                                              "UNKNOWN",
                                                              "INVALID_ARGUMENT",
                                                              "DEADLINE_EXCEEDED",
                                                              "NOT_FOUND",
                                                              "ALREADY_EXISTS",
                                                              "PERMISSION_DENIED",
                                                              "RESOURCE_EXHAUSTED",
                                                              "FAILED_PRECONDITION",
                                                              "ABORTED",
                                                              "OUT_OF_RANGE",
                                                              "UNIMPLEMENTED",
                                                              "INTERNAL",
                                                              "UNAVAILABLE",
                                                              "DATA_LOSS",
                                                              "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return code >= 0 && index < kNames.size() ? std::string(kNames.at(index)) : std::to_string(code);
}

std::string timeout_text(std::int64_t milliseconds) {
  constexpr std::int64_t kMost = 99'999'999;
  return std::to_string(std::clamp<std::int64_t>(milliseconds, 1, kMost)) + "m";
}

}  // namespace hale::checks::grpc
