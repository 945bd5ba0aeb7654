// What the terminal is shown: tables with aligned columns, colour where it is wanted, and text that
// cannot move the cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hale::cli {

enum class Colour { kNone, kGreen, kYellow, kRed, kCyan, kGrey, kBold };

// Colour only on a terminal and without NO_COLOR (https://no-color.org).
bool wants_colour(int descriptor);

// The colour that a status, a result or an overall status is shown in.
Colour colour_of(std::string_view word);

std::string paint(std::string_view text, Colour colour, bool enabled);

// What came from elsewhere (a daemon, a peer), fit to be printed: control characters, escape
// sequences among them, become spaces.
std::string printable(std::string_view text);

// The columns that `text` takes on a terminal, counting one for each character.
std::size_t display_width(std::string_view text);

// The width of the terminal behind `descriptor`; 0 when there is none.
std::size_t terminal_width(int descriptor);

class Table {
 public:
  struct Cell {
    std::string text;
    Colour colour = Colour::kNone;
  };

  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Lines that end with \n. The last column is cut where the line would exceed `width`; 0: never.
  std::string render(bool colour, std::size_t width) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace hale::cli
