#include "cli/terminal.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace hale::cli {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string cut(std::string text, std::size_t width) {
  if (display_width(text) <= width) {
    return text;
  }
  if (width == 0) {
    return "";
  }
  std::size_t characters = 0;
  std::size_t end = 0;
  while (end < text.size() && characters + 1 < width) {
    ++end;
    while (end < text.size() && is_continuation(text[end])) {
      ++end;
    }
    ++characters;
  }
  text.resize(end);
  return text + "…";
}

}  // namespace

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

Colour colour_of(std::string_view word) {
  if (word == "healthy" || word == "pass") {
    return Colour::kGreen;
  }
  if (word == "degraded" || word == "warn") {
    return Colour::kYellow;
  }
  if (word == "unhealthy" || word == "fail") {
    return Colour::kRed;
  }
  if (word == "unknown") {
    return Colour::kCyan;
  }
  return word == "paused" || word == "pending" ? Colour::kGrey : Colour::kNone;
}

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::kNone || text.empty()) {
    return std::string(text);
  }
  constexpr std::array<std::string_view, 7> kCodes = {"", "32", "33", "31", "36", "90", "1"};
  std::string painted = "\x1b[";
  painted += kCodes[static_cast<std::size_t>(colour)];
  painted += 'm';
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too, written as C2 80 to C2 9F.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) {
      ++i;
    }
    clean += byte < 0x20 || byte == 0x7F || c1 ? ' ' : text[i];
  }
  return clean;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::isatty(descriptor) != 1 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0) {
    return 0;
  }
  return size.ws_col;
}

std::string Table::render(bool colour, std::size_t width) const {
  std::vector<std::size_t> widths;
  for (const std::string& title : header_) {
    widths.push_back(display_width(title));
  }
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      widths[column] = std::max(widths[column], display_width(row[column].text));
    }
  }
  constexpr std::string_view kGap = "  ";
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::size_t used = 0;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const bool last = column + 1 == cells.size();
      std::string text = cells[column].text;
      if (last) {
        if (width > 0) {
          text = cut(std::move(text), width > used ? width - used : 0);
        }
        out += paint(text, cells[column].colour, colour);
        continue;
      }
      out += paint(text, cells[column].colour, colour);
      out.append(widths[column] - display_width(text), ' ');
      out += kGap;
      used += widths[column] + kGap.size();
    }
    while (!out.empty() && out.back() == ' ') {
      out.pop_back();
    }
    out += '\n';
  };
  std::vector<Cell> header;
  for (const std::string& title : header_) {
    header.push_back(Cell{.text = title, .colour = Colour::kGrey});
  }
  line(header);
  for (const std::vector<Cell>& row : rows_) {
    line(row);
  }
  return out;
}

}  // namespace hale::cli
