// Keeps secrets out of what a peer sent back: it may echo what it was sent. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

class Mask {
 public:
  void add(std::string_view secret);  // too short to be recognised (under 4 bytes): ignored
  // What is sent as it stands, and may be a secret: hidden without its line ends, if it has at
  // least 8 bytes. Shorter ones are the words of the protocol, as "AUTH ", which answers have as
  // well.
  void add_sent(std::string_view data);
  std::string apply(std::string text) const;  // every occurrence becomes "***"

 private:
  std::vector<std::string> secrets_;
};

}  // namespace hale::checks
