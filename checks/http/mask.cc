#include "checks/http/mask.h"

namespace hale::checks::http {

void Mask::add(std::string_view secret) {
  constexpr std::size_t kShortest = 4;
  if (secret.size() >= kShortest) {
    secrets_.emplace_back(secret);
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

}  // namespace hale::checks::http
