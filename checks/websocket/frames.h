// WebSocket's frames and messages (RFC 6455 section 5), from the client's side. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hale::checks::websocket {

enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// A whole masked frame, as a client sends it.
std::string encode_frame(Opcode opcode, std::string_view payload, std::uint32_t mask);

struct Event {
  enum class Kind : std::uint8_t {
    kMore,     // feed it more
    kMessage,  // whole; a text is UTF-8, a binary one may be anything
    kPing,     // to be answered with the same data
    kPong,
    kClose,  // `code` is 1005 where the peer gave none (section 7.1.5)
    kWrong,  // the peer breaks the protocol; `data` says how. Nothing can follow
    kTooLong,
  };
  Kind kind = Kind::kMore;
  std::string data = {};
  int code = 0;
};

// Puts messages together from what a server sends, a piece at a time, whatever the pieces are.
// Holds at most `longest` bytes of a message and 125 of a control frame.
class MessageReader {
 public:
  explicit MessageReader(std::size_t longest) : longest_(longest) {}

  // Takes bytes off the front of `received` until something is whole or they are used up. After
  // kWrong or kTooLong it takes no more.
  Event next(std::string_view& received);

 private:
  static constexpr std::size_t kLongestHead = 10;

  Event read_head(std::string_view& received);
  Event start_frame();
  Event finish_frame();
  Event finish_close();
  static Event wrong(std::string_view what);

  std::size_t longest_;
  std::array<unsigned char, kLongestHead> head_{};
  std::size_t head_size_ = 0;
  bool in_frame_ = false;    // the head is whole, `remaining_` bytes of the payload are missing
  bool in_message_ = false;  // a first frame came, its last one did not
  bool final_ = false;
  bool is_text_ = false;                   // the message
  Opcode opcode_ = Opcode::kContinuation;  // of the frame
  std::uint64_t remaining_ = 0;
  std::string message_;
  std::string control_;
};

}  // namespace hale::checks::websocket
