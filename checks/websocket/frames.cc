#include "checks/websocket/frames.h"

#include <algorithm>
#include <utility>

#include "monitor/utf8.h"

namespace hale::checks::websocket {
namespace {

constexpr std::size_t kLongestControl = 125;
constexpr unsigned int kFinal = 0x80;
constexpr unsigned int kReserved = 0x70;
constexpr unsigned int kMasked = 0x80;
constexpr unsigned int kTwoBytes = 126;
constexpr unsigned int kEightBytes = 127;

bool is_control(Opcode opcode) {
  return static_cast<unsigned int>(opcode) >= 8;
}

bool is_known(unsigned int opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

// How long a head is whose second byte is this.
std::size_t head_length(unsigned int second) {
  const unsigned int length = second & 0x7FU;
  return length == kEightBytes ? 10 : length == kTwoBytes ? 4 : 2;
}

void append_big_endian(std::string& out, std::uint64_t value, unsigned int bytes) {
  for (unsigned int i = bytes; i > 0; --i) {
    out += static_cast<char>((value >> (8 * (i - 1))) & 0xFFU);
  }
}

}  // namespace

std::string encode_frame(Opcode opcode, std::string_view payload, std::uint32_t mask) {
  std::string frame;
  frame += static_cast<char>(kFinal | static_cast<unsigned int>(opcode));
  if (payload.size() < kTwoBytes) {
    frame += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() <= 0xFFFFU) {
    frame += static_cast<char>(kMasked | kTwoBytes);
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(kMasked | kEightBytes);
    append_big_endian(frame, payload.size(), 8);
  }
  append_big_endian(frame, mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const unsigned int key = (mask >> (8 * (3 - i % 4))) & 0xFFU;
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ key);
  }
  return frame;
}

Event MessageReader::wrong(std::string_view what) {
  return {.kind = Event::Kind::kWrong, .data = std::string(what)};
}

Event MessageReader::next(std::string_view& received) {
  while (true) {
    if (!in_frame_) {
      Event event = read_head(received);
      if (!in_frame_) {
        return event;
      }
    }
    std::string& payload = is_control(opcode_) ? control_ : message_;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, received.size()));
    payload.append(received.substr(0, size));
    received.remove_prefix(size);
    remaining_ -= size;
    if (remaining_ > 0) {
      return {};
    }
    in_frame_ = false;
    head_size_ = 0;
    Event event = finish_frame();
    if (event.kind != Event::Kind::kMore) {
      return event;
    }
  }
}

Event MessageReader::read_head(std::string_view& received) {
  while (head_size_ < 2 || head_size_ < head_length(head_[1])) {
    if (received.empty()) {
      return {};
    }
    head_[head_size_++] = static_cast<unsigned char>(received.front());
    received.remove_prefix(1);
  }
  return start_frame();
}

Event MessageReader::start_frame() {
  const unsigned int first = head_[0];
  const unsigned int second = head_[1];
  if ((first & kReserved) != 0) {
    return wrong("a frame has reserved bits set");
  }
  if (!is_known(first & 0x0FU)) {
    return wrong("a frame has an unknown opcode");
  }
  if ((second & kMasked) != 0) {
    return wrong("the server masks its frames");
  }
  final_ = (first & kFinal) != 0;
  opcode_ = static_cast<Opcode>(first & 0x0FU);
  remaining_ = second & 0x7FU;
  if (remaining_ >= kTwoBytes) {
    const std::size_t size = head_length(second);
    const std::uint64_t shortest = remaining_ == kTwoBytes ? kTwoBytes : 0x10000U;
    remaining_ = 0;
    for (std::size_t i = 2; i < size; ++i) {
      remaining_ = (remaining_ << 8U) | head_[i];
    }
    if (remaining_ < shortest || (remaining_ >> 63U) != 0) {
      return wrong("a frame has a malformed length");
    }
  }
  if (is_control(opcode_)) {
    if (!final_ || remaining_ > kLongestControl) {
      return wrong("a control frame is too long or in pieces");
    }
    control_.clear();
  } else if (in_message_ != (opcode_ == Opcode::kContinuation)) {
    return wrong("a message's pieces are out of order");
  } else {
    if (remaining_ > longest_ - message_.size()) {
      return {.kind = Event::Kind::kTooLong};
    }
    is_text_ = opcode_ == Opcode::kText || (is_text_ && opcode_ == Opcode::kContinuation);
    in_message_ = true;
  }
  in_frame_ = true;
  return {};
}

Event MessageReader::finish_frame() {
  switch (opcode_) {
    case Opcode::kPing:
      return {.kind = Event::Kind::kPing, .data = std::move(control_)};
    case Opcode::kPong:
      return {.kind = Event::Kind::kPong, .data = std::move(control_)};
    case Opcode::kClose:
      return finish_close();
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      break;
  }
  if (!final_) {
    return {};
  }
  in_message_ = false;
  if (is_text_ && !monitor::is_utf8(message_)) {  // section 8.1
    return wrong("a text message is not UTF-8");
  }
  return {.kind = Event::Kind::kMessage, .data = std::exchange(message_, {})};
}

Event MessageReader::finish_close() {
  constexpr int kNoCode = 1005;
  if (control_.empty()) {
    return {.kind = Event::Kind::kClose, .code = kNoCode};
  }
  if (control_.size() == 1) {
    return wrong("a close frame has half a code");
  }
  const int code =
      static_cast<unsigned char>(control_[0]) * 256 + static_cast<unsigned char>(control_[1]);
  if (code < 1000 || code >= 5000 || (code >= 1004 && code <= 1006) || code == 1015) {
    return wrong("a close frame has a code that may not be sent");
  }
  std::string why = control_.substr(2);
  if (!monitor::is_utf8(why)) {
    return wrong("a close frame's reason is not UTF-8");
  }
  return {.kind = Event::Kind::kClose, .data = std::move(why), .code = code};
}

}  // namespace hale::checks::websocket
