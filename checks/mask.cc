#include "checks/mask.h"

namespace hale::checks {

void Mask::add(std::string_view secret) {
  constexpr std::size_t kShortest = 4;
  if (secret.size() >= kShortest) {
    secrets_.emplace_back(secret);
  }
}

void Mask::add_sent(std::string_view data) {
  constexpr std::size_t kShortest = 8;
  while (data.ends_with('\n') || data.ends_with('\r')) {
    data.remove_suffix(1);
  }
  if (data.size() >= kShortest) {
    secrets_.emplace_back(data);
  }
}

std::string Mask::apply(std::string text) const {
  constexpr std::string_view kStars = "***";
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kStars.size())) {
      text.replace(at, secret.size(), kStars);
    }
  }
  return text;
}

}  // namespace hale::checks
