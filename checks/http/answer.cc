#include "checks/http/answer.h"

#include <algorithm>

#include "checks/excerpt.h"

namespace hale::checks::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view find_header(const HeaderFields& fields, std::string_view name) {
  const auto found = std::ranges::find_if(
      fields, [name](const auto& field) { return same_name(field.first, name); });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

std::string status_text(const Answer& answer) {
  const std::size_t space = answer.status_line.find(' ');
  if (space == std::string::npos) {
    return std::to_string(answer.status);
  }
  return escaped(std::string_view(answer.status_line).substr(space + 1), 60);
}

}  // namespace hale::checks::http
