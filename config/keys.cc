#include "config/keys.h"

#include <algorithm>
#include <array>

#include "monitor/assert.h"

namespace hale::config {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

constexpr monitor::Duration kYear = 366 * 24h;

constexpr Places kOwn = kInCheck | kInEach | kInTemplate;
constexpr Places kInherited = kOwn | kInGroup | kInDefaults;

constexpr std::array kSections = {
    SectionSpec{"include", Shape::kKey,
                "Files read before this one: paths and globs relative to this file, and "
                "\"builtin:host\" for the embedded default."},
    SectionSpec{"agent", Shape::kTable, "The agent itself."},
    SectionSpec{"http", Shape::kTable, "The HTTP server: status API, metrics, page."},
    SectionSpec{"metrics", Shape::kTable, "What of the statistics is exported to Prometheus."},
    SectionSpec{"defaults", Shape::kTable, "For every check that does not say otherwise."},
    SectionSpec{"groups", Shape::kNamedTables,
                "Groups of checks: how they are shown, and what holds for all of their checks."},
    SectionSpec{"templates", Shape::kNamedTables, "Keys that checks take over with `use`."},
    SectionSpec{"checks", Shape::kNamedTables, "The checks. The table's name is the check's name."},
    SectionSpec{"statsd", Shape::kTable,
                "Where applications send timings, counters, gauges and service checks."},
    SectionSpec{"systemd", Shape::kTable, "How systemd is asked about its units."},
    SectionSpec{"operations", Shape::kTable, "What applications have timed."},
    SectionSpec{.name = "timeouts", .built = false},
    SectionSpec{.name = "features", .built = false},
    SectionSpec{.name = "notifications", .built = false},
};

constexpr std::array kAgentKeys = {
    KeySpec{"name", Kind::kText, "The agent's name. Default: the host name."},
    KeySpec{"labels", Kind::kLabels, "On hale_agent_info and in the API, not on every series."},
    KeySpec{"profile", Kind::kText, "How much the agent does.", "standard"},
    KeySpec{"state_dir", Kind::kText,
            "Folder for what outlives the agent: findings, pauses, restarts counted. \"\" keeps "
            "everything in memory. Default: $STATE_DIRECTORY, else \"/var/lib/hale\"."},
    KeySpec{.name = "workers",
            .kind = Kind::kInteger,
            .help = "Engine threads.",
            .default_text = "1",
            .minimum = 1,
            .maximum = 1024},
};

constexpr std::array kHttpKeys = {
    KeySpec{"listen", Kind::kTextList,
            "Addresses and ports to listen on. Port 0: the kernel chooses one.", "127.0.0.1:4253"},
};

constexpr std::array kMetricsKeys = {
    KeySpec{"histograms", Kind::kText,
            "Histograms of durations: \"classic\", \"native\" (for servers that ask for protobuf; "
            "others get classic ones), \"both\" or \"off\".",
            "classic"},
    KeySpec{
        "windows", Kind::kTextList,
        "The windows that have gauges: of \"1m\", \"5m\" and \"1h\". Default: all of them on up to "
        "200 checks, none beyond."},
    KeySpec{"percentiles", Kind::kBoolean, "Whether p50, p95 and p99 are among those gauges.",
            "true"},
};

constexpr std::array kSystemdKeys = {
    KeySpec{"bus", Kind::kText,
            "The bus that systemd is reached by: \"system\", \"user\", or an address, "
            "\"unix:path=/run/user/0/systemd/private\".",
            "system"},
};

constexpr std::array kStatsdKeys = {
    KeySpec{"listen", Kind::kTextOrList,
            "UDP address and port, or \"unix:/PATH\" of a datagram socket, or several of them. "
            "Default: off."},
    KeySpec{"unit", Kind::kText,
            "What durations are counted in: \"ms\", or \"s\" as some of Datadog's clients do.",
            "ms"},
};

constexpr std::array kOperationsKeys = {
    KeySpec{"labels", Kind::kTextList,
            "Which of the tags or labels that are sent become labels; at most 8."},
    KeySpec{.name = "max_operations",
            .kind = Kind::kInteger,
            .help = "How many operations are kept, each set of labels counted; as many counters "
                    "and gauges.",
            .default_text = "1000",
            .minimum = 1,
            .maximum = 10'000},
    KeySpec{
        "slo", Kind::kSlos,
        "Objectives of operations, by name: [operations.slo.llm_chat] has the keys of a check's "
        "slo, without degrade."},
};

constexpr std::array kGroupKeys = {
    KeySpec{"title", Kind::kText, "How people see the group. Default: its name."},
    KeySpec{.name = "order",
            .kind = Kind::kInteger,
            .help = "Groups are shown by order, then by name.",
            .default_text = "0",
            .minimum = -1'000'000,
            .maximum = 1'000'000},
    KeySpec{.name = "depends_on", .kind = Kind::kTextOrList, .built = false},
};

constexpr KeySpec duration_key(std::string_view name, std::string_view help,
                               std::string_view default_text, monitor::Duration shortest,
                               monitor::Duration longest) {
  return {.name = name,
          .kind = Kind::kDuration,
          .help = help,
          .default_text = default_text,
          .places = kInherited,
          .shortest = shortest,
          .longest = longest};
}

constexpr KeySpec check_key_spec(std::string_view name, Kind kind, Places places,
                                 std::string_view help, std::string_view default_text = "") {
  return {.name = name, .kind = kind, .help = help, .default_text = default_text, .places = places};
}

constexpr KeySpec planned(std::string_view name) {
  return {.name = name, .built = false, .places = kInherited};
}

constexpr std::array kCheckKeys = {
    check_key_spec("type", Kind::kText, kOwn, "What is looked at; `hale types` lists the types."),
    check_key_spec("use", Kind::kTextOrList, kOwn,
                   "Templates that this table takes its keys from; later ones win."),
    check_key_spec("each", Kind::kEach, kInCheck,
                   "One check, many targets: NAME.KEY for each KEY, with the keys in its table."),
    check_key_spec("enabled", Kind::kBoolean, kOwn | kInGroup, "false leaves the check out.",
                   "true"),
    check_key_spec("critical", Kind::kBoolean, kInherited,
                   "Whether the whole is unhealthy when this check is.", "false"),
    check_key_spec("severity", Kind::kSeverity, kInherited,
                   "How urgent trouble is. Default: page if critical, else ticket."),
    check_key_spec("runbook", Kind::kText, kInherited, "Where to read what to do."),
    check_key_spec("description", Kind::kText, kInherited, "What the check is for."),
    check_key_spec("group", Kind::kText, kOwn, "The group that the check belongs to."),
    check_key_spec("labels", Kind::kLabels, kInherited,
                   "Own labels, on hale_check_info and in the API."),
    duration_key("interval", "How often the check runs.", "10s", 100ms, kYear),
    duration_key("interval_unhealthy",
                 "How often it runs while a change is being confirmed and while it is not healthy; "
                 "at most the interval. Default: the interval.",
                 "", 100ms, kYear),
    duration_key("timeout",
                 "How long a run may take, at most the interval. Default: 5s, at most 0.8 of the "
                 "interval.",
                 "", 1ms, kYear),
    check_key_spec(
        "fall", Kind::kThreshold, kInherited,
        "Results at least that bad before the status gets worse: 3 in a row, or \"3/5\".", "3"),
    check_key_spec("rise", Kind::kThreshold, kInherited,
                   "Results at most that bad before it gets better.", "2"),
    KeySpec{.name = "max_unknown",
            .kind = Kind::kInteger,
            .help = "Unknown results in a row before the status reads unknown. Default: the number "
                    "in fall.",
            .places = kInherited,
            .minimum = 1,
            .maximum = 1000},
    duration_key("stale_after",
                 "Without a completed run for this long, the status reads unknown. Default: three "
                 "intervals and the timeout.",
                 "", 100ms, 10 * kYear),
    check_key_spec("warn", Kind::kLimits, kInherited, "Limits that make a result a warning."),
    check_key_spec("fail", Kind::kLimits, kInherited, "Limits that make a result a failure."),
    check_key_spec("items", Kind::kItems, kOwn,
                   "Limits of single items (a mount, a unit), over those of the check."),
    check_key_spec("slo", Kind::kSlo, kInherited,
                   "Objectives: which share of the runs has to be good over a window of days."),
    planned("depends_on"),
    planned("retry"),
    planned("breaker"),
    planned("bulkhead"),
    planned("rate_limit"),
    planned("fallback"),
    planned("maintenance"),
    planned("action"),
};

constexpr KeySpec latency_objective(std::string_view name, std::string_view help) {
  return duration_key(name, help, "", 1ms, 24h);
}

constexpr std::array kSloKeys = {
    check_key_spec("success", Kind::kShare, 0,
                   "The share of the runs that have to be a pass or a warning: \"99.9%\"."),
    latency_objective("latency_p50", "What half of the answers have to stay within."),
    latency_objective("latency_p90", "What 90 % of the answers have to stay within."),
    latency_objective("latency_p95", "What 95 % of the answers have to stay within."),
    latency_objective("latency_p99", "What 99 % of the answers have to stay within."),
    duration_key("window", "The time over which the objectives hold.", "30d", 1h, 90 * 24h),
    check_key_spec("degrade", Kind::kBoolean, 0,
                   "Whether a healthy check with a spent error budget is degraded.", "false"),
    KeySpec{.name = "min_failures",
            .kind = Kind::kInteger,
            .help = "With fewer bad runs in the window, no budget counts as spent.",
            .default_text = "3",
            .minimum = 1,
            .maximum = 1000},
};

constexpr std::array<std::string_view, 5> kPlannedTypes = {"gpu", "llm", "postgres", "mysql",
                                                           "redis"};

bool is_letter_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

}  // namespace

std::span<const SectionSpec> sections() {
  return kSections;
}
std::span<const KeySpec> agent_keys() {
  return kAgentKeys;
}
std::span<const KeySpec> http_keys() {
  return kHttpKeys;
}
std::span<const KeySpec> metrics_keys() {
  return kMetricsKeys;
}
std::span<const KeySpec> systemd_keys() {
  return kSystemdKeys;
}

std::span<const KeySpec> statsd_keys() {
  return kStatsdKeys;
}
std::span<const KeySpec> operations_keys() {
  return kOperationsKeys;
}
std::span<const KeySpec> group_keys() {
  return kGroupKeys;
}
std::span<const KeySpec> check_keys() {
  return kCheckKeys;
}
std::span<const KeySpec> slo_keys() {
  return kSloKeys;
}

const KeySpec* find_key(std::span<const KeySpec> keys, std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [name](const KeySpec& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

const SectionSpec* find_section(std::string_view name) {
  const auto found =
      std::find_if(kSections.begin(), kSections.end(),
                   [name](const SectionSpec& section) { return section.name == name; });
  return found == kSections.end() ? nullptr : &*found;
}

const KeySpec& check_key(std::string_view name) {
  const KeySpec* key = find_key(kCheckKeys, name);
  HALE_ASSERT(key != nullptr);
  return *key;
}

bool is_about_runs(std::string_view name) {
  return name == "timeout" || name == "interval_unhealthy" || name == "stale_after";
}

std::span<const std::string_view> planned_types() {
  return kPlannedTypes;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char character) {
           return is_letter_or_digit(character) || character == '_' || character == '-';
         });
}

}  // namespace hale::config
