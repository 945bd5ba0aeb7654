// hale events: what happened, oldest first; -f goes on as things happen.
#include <cstdio>
#include <sstream>
#include <string>

#include <Poco/DateTimeFormatter.h>
#include <Poco/JSON/Array.h>
#include <Poco/LocalDateTime.h>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/terminal.h"

namespace hale::cli {
namespace {

std::string text(const Poco::JSON::Object& object, const char* key) {
  return object.has(key) && !object.isNull(key) ? printable(object.getValue<std::string>(key)) : "";
}

std::string local_time(double seconds) {
  const Poco::Timestamp at(static_cast<Poco::Timestamp::TimeVal>(seconds * 1e6));
  return Poco::DateTimeFormatter::format(Poco::LocalDateTime(at), "%Y-%m-%d %H:%M:%S");
}

std::string padded(const std::string& painted, std::size_t visible, std::size_t width) {
  return painted + std::string(visible < width ? width - visible : 0, ' ');
}

// 2026-11-21 22:01:03  web               healthy -> unhealthy   refused (connect): nobody listens
std::string event_line(const Poco::JSON::Object& event, bool colour) {
  constexpr std::size_t kSubjectWidth = 18;
  constexpr std::size_t kChangeWidth = 22;  // "unhealthy -> degraded"
  const std::string message = text(event, "message");
  std::string subject = text(event, "check");
  // A message about the check as a whole names the item by itself.
  if (const std::string item = text(event, "item");
      !item.empty() && !message.starts_with(item + ": ")) {
    subject += " " + item;
  }
  if (subject.empty()) {
    subject = text(event, "kind");
  }
  const std::string from = text(event, "from");
  const std::string to = text(event, "to");
  const std::string arrow = from.empty() ? "" : " -> ";
  const std::string change =
      paint(from, colour_of(from), colour) + arrow + paint(to, colour_of(to), colour);
  std::string why = text(event, "reason");
  if (const std::string phase = text(event, "phase"); !phase.empty() && !why.empty()) {
    why += " (" + phase + ")";
  }
  why += (why.empty() || message.empty() ? "" : ": ") + message;
  return fmt::format("{}  {}  {}  {}\n", local_time(event.optValue("time", 0.0)),
                     padded(subject, display_width(subject), kSubjectWidth),
                     padded(change, from.size() + arrow.size() + to.size(), kChangeWidth), why);
}

// Prints what is newer than `last`, oldest first, and moves `last` on. `lines`: JSON as one object
// a line.
int print_newer(const Client& client, const EventsOptions& options, std::uint64_t& last,
                bool colour) {
  const auto document = client.get_json("/api/v1/events?limit=1000&since=" + std::to_string(last));
  if (!document) {
    return report(document.error());
  }
  if (options.json && !options.follow) {
    std::ostringstream out;
    (*document)->stringify(out);
    fmt::print("{}\n", out.str());
    return kOk;
  }
  const auto events = (*document)->getArray("events");
  for (std::size_t i = events ? events->size() : 0; i-- > 0;) {
    const auto event = events->getObject(static_cast<unsigned>(i));
    last = std::max(last, static_cast<std::uint64_t>(event->optValue<Poco::UInt64>("id", 0)));
    if (options.json) {
      std::ostringstream out;
      event->stringify(out);
      fmt::print("{}\n", out.str());
    } else {
      fmt::print("{}", event_line(*event, colour));
    }
  }
  std::fflush(stdout);
  return kOk;
}

}  // namespace

int events_command(const EventsOptions& options) {
  const auto client = make_client(options.client);
  if (!client) {
    return client.error();
  }
  const bool colour = wants_colour(STDOUT_FILENO);
  std::uint64_t last = 0;
  int status = print_newer(*client, options, last, colour);
  while (options.follow && status == kOk) {
    ::sleep(1);
    status = print_newer(*client, options, last, colour);
  }
  return status;
}

}  // namespace hale::cli
