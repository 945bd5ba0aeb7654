// Keeps secrets out of what a peer sent back: it may echo what it was sent. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hale::checks::http {

class Mask {
 public:
  void add(std::string_view secret);          // too short to be recognised (under 4 bytes): ignored
  std::string apply(std::string text) const;  // every occurrence becomes "***"

 private:
  std::vector<std::string> secrets_;
};

}  // namespace hale::checks::http
