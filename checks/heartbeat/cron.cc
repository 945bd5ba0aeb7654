#include "checks/heartbeat/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "monitor/assert.h"

namespace hale::checks {
namespace {

constexpr std::size_t kMaxText = 256;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

struct Field {
  std::string_view name;
  int lowest = 0;
  int highest = 0;
  std::span<const std::string_view> words = {};  // for lowest, lowest + 1, ...
};
constexpr std::array<Field, 5> kFields = {{
    {"the minute", 0, 59},
    {"the hour", 0, 23},
    {"the day of the month", 1, 31},
    {"the month", 1, 12, kMonths},
    {"the day of the week", 0, 7, kWeekdays},
}};

struct Numbers {
  int first = 0;
  int last = 0;
};

using Problem = std::unexpected<std::string>;

Problem wrong(const Field& field, std::string_view text) {
  return Problem("is not a schedule: " + std::string(field.name) + " is \"" + std::string(text) +
                 "\" (from " + std::to_string(field.lowest) + " to " +
                 std::to_string(field.highest) + ", as \"*\", \"5\", \"1-5\", \"1,3\", \"*/2\")");
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<int> parse_number(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i) {
    if (std::ranges::equal(text, field.words[i], {}, lower)) {
      return field.lowest + static_cast<int>(i);
    }
  }
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  const bool all = !text.empty() && text.front() != '-' && error == std::errc() && parsed == end;
  return all && number >= field.lowest && number <= field.highest ? std::optional(number)
                                                                  : std::nullopt;
}

// "*", "5" or "1-5".
std::optional<Numbers> parse_range(const Field& field, std::string_view text) {
  if (text == "*") {
    return Numbers{field.lowest, field.highest};
  }
  const std::size_t dash = text.find('-');
  const auto first = parse_number(field, text.substr(0, dash));
  auto last = first;
  if (dash != std::string_view::npos) {
    last = parse_number(field, text.substr(dash + 1));
    const bool to_sunday = field.highest == 7 && last == 0 && first && *first > 0;
    last = to_sunday ? 7 : last;
  }
  if (!first || !last || *last < *first) {
    return std::nullopt;
  }
  return Numbers{*first, *last};
}

// One element of a list, with its step: "*/2", "10-20/5".
std::optional<std::vector<int>> parse_element(const Field& field, std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto range = parse_range(field, text.substr(0, slash));
  if (!range) {
    return std::nullopt;
  }
  int step = 1;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
    const bool of_many = text.front() == '*' || text.substr(0, slash).contains('-');
    if (error != std::errc() || end != digits.data() + digits.size() || step < 1 || !of_many) {
      return std::nullopt;
    }
  }
  std::vector<int> numbers;
  for (int number = range->first; number <= range->last; number += std::min(step, 64)) {
    numbers.push_back(number);
  }
  return numbers;
}

std::expected<std::vector<int>, std::string> parse_field(const Field& field,
                                                         std::string_view text) {
  std::vector<int> numbers;
  std::string_view rest = text;
  while (true) {
    const std::string_view element = rest.substr(0, rest.find(','));
    const auto parsed = parse_element(field, element);
    if (!parsed) {
      return wrong(field, text);
    }
    numbers.insert(numbers.end(), parsed->begin(), parsed->end());
    if (element.size() == rest.size()) {
      return numbers;
    }
    rest.remove_prefix(element.size() + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) {
      return words;
    }
    const std::string_view word = text.substr(0, text.find_first_of(kBlank));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
}

template <std::size_t Size>
void set_all(std::bitset<Size>& set, const std::vector<int>& numbers, int modulo) {
  for (const int number : numbers) {
    set.set(static_cast<std::size_t>(number % modulo));
  }
}

}  // namespace

std::expected<CronSchedule, std::string> CronSchedule::parse(std::string_view text) {
  if (text.size() > kMaxText) {
    return Problem("is longer than a schedule can be");
  }
  for (const auto& [nickname, meaning] : kNicknames) {
    if (text == nickname) {
      return parse(meaning);
    }
  }
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() != kFields.size()) {
    return Problem(
        "is not a schedule (write \"MINUTE HOUR DAY MONTH WEEKDAY\", as \"0 3 * * 1-5\", or "
        "\"@daily\")");
  }
  std::array<std::vector<int>, 5> numbers;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    auto parsed = parse_field(kFields[i], words[i]);
    if (!parsed) {
      return std::unexpected(std::move(parsed.error()));
    }
    numbers[i] = std::move(*parsed);
  }
  CronSchedule schedule;
  set_all(schedule.minutes_, numbers[0], 60);
  set_all(schedule.hours_, numbers[1], 24);
  set_all(schedule.days_, numbers[2], 32);
  set_all(schedule.months_, numbers[3], 13);
  set_all(schedule.weekdays_, numbers[4], 7);
  schedule.any_day_ = !words[2].starts_with('*') && !words[4].starts_with('*');
  if (!schedule.find(LocalMinute())) {
    return Problem("never comes: no month of those has such a day");
  }
  return schedule;
}

LocalMinute CronSchedule::next(LocalMinute time) const {
  const std::optional<LocalMinute> found = find(time);
  HALE_ASSERT(found.has_value());  // parse() has seen to it
  return *found;
}

std::optional<LocalMinute> CronSchedule::find(LocalMinute time) const {
  const std::chrono::local_days today = std::chrono::floor<std::chrono::days>(time);
  const auto last = today + std::chrono::days(366 * kYears);
  int minute = static_cast<int>((time - today).count()) + 1;  // of the day; the first to look at
  for (std::chrono::local_days day = today; day <= last; day += std::chrono::days(1), minute = 0) {
    if (!fits(day)) {
      continue;
    }
    for (; minute < 24 * 60; ++minute) {
      if (hours_.test(static_cast<std::size_t>(minute / 60)) &&
          minutes_.test(static_cast<std::size_t>(minute % 60))) {
        return day + std::chrono::minutes(minute);
      }
    }
  }
  return std::nullopt;
}

bool CronSchedule::fits(std::chrono::local_days day) const {
  const std::chrono::year_month_day date(day);
  if (!months_.test(static_cast<unsigned>(date.month()))) {
    return false;
  }
  const bool of_month = days_.test(static_cast<unsigned>(date.day()));
  const bool of_week = weekdays_.test(std::chrono::weekday(day).c_encoding());
  return any_day_ ? of_month || of_week : of_month && of_week;
}

}  // namespace hale::checks
