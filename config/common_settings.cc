#include "config/common_settings.h"

#include <algorithm>
#include <string>

#include "config/labels.h"
#include "config/slo_settings.h"

namespace hale::config {
namespace {

using monitor::Duration;
using monitor::Severity;

constexpr Duration kDefaultTimeout = std::chrono::seconds(5);

// A duration, and the place that it came from.
struct Timing {
  Found found;
  std::optional<Duration> value;  // absent: not written, or a problem

  bool written() const { return found.node != nullptr; }
};

Timing read_timing(const Layers& layers, std::string_view name, Reader& reader) {
  const KeySpec& spec = check_key(name);
  Timing timing{.found = find_in(layers, name), .value = std::nullopt};
  if (timing.written()) {
    timing.value = reader.duration(*timing.found.node, spec.shortest, spec.longest);
  }
  return timing;
}

std::string text_of(Duration duration) {
  return in_quotes(to_text(duration));
}

// Declared in the program, not written by a user.
bool is_declared(const Timing& timing) {
  return timing.found.node->source->origin == Origin::kProgram;
}

class Timings {
 public:
  Timings(const Layers& layers, Reader& reader)
      : reader_(reader),
        interval_(read_timing(layers, "interval", reader)),
        interval_unhealthy_(read_timing(layers, "interval_unhealthy", reader)),
        timeout_(read_timing(layers, "timeout", reader)),
        stale_after_(read_timing(layers, "stale_after", reader)) {}

  void apply(monitor::CheckSettings& settings) {
    if (!interval_.value) {
      return;  // nothing can be said about the others
    }
    const Duration interval = *interval_.value;
    settings.interval = interval;
    if (settings.type != nullptr && settings.type->passive) {
      settings.interval_unhealthy = interval;  // what is written for all checks is not about it
      return;
    }
    settings.interval_unhealthy = interval_unhealthy(interval);
    if (timeout_.written() && !timeout_.value) {
      return;
    }
    settings.timeout = timeout(interval);
    settings.stale_after = stale_after(interval, settings.timeout);
  }

 private:
  // One that is written for many checks never slows down a faster one.
  Duration interval_unhealthy(Duration interval) {
    const Duration value = interval_unhealthy_.value.value_or(interval);
    if (value > interval && interval_unhealthy_.found.rank <= interval_.found.rank) {
      reader_.problems().add(*interval_unhealthy_.found.node,
                             text_of(value) + " is more than " + the_interval(interval) +
                                 " (write at most " + text_of(interval) + ")");
    }
    return std::min(value, interval);
  }

  Duration timeout(Duration interval) {
    const Duration longest_default = interval / 5 * 4;
    if (!timeout_.value) {
      return std::min(kDefaultTimeout, longest_default);
    }
    if (is_declared(timeout_)) {
      return std::min(*timeout_.value, longest_default);
    }
    const Duration timeout = *timeout_.value;
    if (timeout > interval) {
      contradict(timeout_,
                 text_of(timeout) + " is more than " + the_interval(interval) + " (write at most " +
                     text_of(interval) + ")",
                 text_of(interval) + " is less than the timeout of " + to_text(timeout) +
                     ", which " + timeout_.found.node->path() + " sets (write at least " +
                     text_of(timeout) + ", or a timeout here)");
    }
    return timeout;
  }

  Duration stale_after(Duration interval, Duration timeout) {
    if (!stale_after_.value) {
      return 3 * interval + timeout;
    }
    const Duration stale_after = *stale_after_.value;
    const Duration least = interval + timeout;
    if (stale_after < least && timeout <= interval) {
      contradict(stale_after_,
                 text_of(stale_after) + " is less than " + the_interval(interval) +
                     " and the timeout together (write at least " + text_of(least) + ")",
                 text_of(interval) + " is too long for the stale_after of " + to_text(stale_after) +
                     ", which " + stale_after_.found.node->path() +
                     " sets (write a stale_after of at least " + text_of(least) + " here)");
    }
    return stale_after;
  }

  // `subject` and the interval contradict each other. The one that stands closer to the check is
  // told of it, unless the user did not write it.
  void contradict(const Timing& subject, const std::string& of_subject,
                  const std::string& of_interval) {
    if (interval_.found.rank < subject.found.rank && !is_declared(interval_)) {
      reader_.problems().add(*interval_.found.node, of_interval);
    } else {
      reader_.problems().add(*subject.found.node, of_subject);
    }
  }

  std::string the_interval(Duration interval) const {
    const std::string& source = interval_.found.node->source->name;
    const bool pinned = is_declared(interval_) && source.starts_with("type ");
    return "the interval of " + to_text(interval) + (pinned ? " that " + source + " has" : "");
  }

  Reader& reader_;
  Timing interval_;
  Timing interval_unhealthy_;
  Timing timeout_;
  Timing stale_after_;
};

std::string read_text(const Layers& layers, std::string_view name, Reader& reader) {
  const Node* node = find_in(layers, name).node;
  return node == nullptr ? "" : reader.text(*node).value_or("");
}

}  // namespace

void read_common_settings(const Layers& layers, Reader& reader, monitor::CheckSettings& settings) {
  if (const Node* node = find_in(layers, "critical").node) {
    settings.critical = reader.boolean(*node).value_or(false);
  }
  settings.severity = settings.critical ? Severity::kPage : Severity::kTicket;
  if (const Node* node = find_in(layers, "severity").node) {
    if (const auto index = reader.choice(*node, kSeverities)) {
      settings.severity = static_cast<Severity>(*index);
    }
  }
  settings.runbook = read_text(layers, "runbook", reader);
  settings.description = read_text(layers, "description", reader);
  settings.labels = read_labels(all_of(layers, "labels"), reader);
  Timings(layers, reader).apply(settings);
  if (const Node* node = find_in(layers, "fall").node) {
    settings.fall = reader.threshold(*node).value_or(monitor::Threshold{});
  }
  if (const Node* node = find_in(layers, "rise").node) {
    settings.rise = reader.threshold(*node).value_or(monitor::Threshold{});
  }
  settings.max_unknown = settings.fall.count;
  if (const Node* node = find_in(layers, "max_unknown").node) {
    const KeySpec& spec = check_key("max_unknown");
    settings.max_unknown =
        static_cast<int>(reader.integer(*node, spec.minimum, spec.maximum).value_or(1));
  }
  settings.slo = read_slo(all_of(layers, "slo"), reader);
}

}  // namespace hale::config
