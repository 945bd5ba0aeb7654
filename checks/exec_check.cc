#include "checks/exec_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <expected>
#include <optional>
#include <utility>

#include "checks/excerpt.h"
#include "checks/process/run_process.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Duration;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_set(const std::vector<std::string>& environment, std::string_view name) {
  const std::string start = std::string(name) + "=";
  return std::ranges::any_of(environment,
                             [&](const std::string& entry) { return entry.starts_with(start); });
}

// What nearly every program needs, and nothing that the agent was started with by chance.
void add_base(std::vector<std::string>& environment, bool own_user) {
  const std::pair<std::string_view, std::string_view> fixed[] = {{"PATH", kPath},
                                                                 {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : fixed) {
    if (!is_set(environment, name)) {
      environment.push_back(std::string(name) + "=" + std::string(value));
    }
  }
  std::vector<const char*> inherited = {"TZ"};
  if (own_user) {
    inherited.insert(inherited.end(), {"HOME", "USER", "LOGNAME"});
  }
  for (const char* name : inherited) {
    const char* value = std::getenv(name);
    if (value != nullptr && !is_set(environment, name)) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
}

std::vector<std::string> folders_of(const std::vector<std::string>& environment) {
  std::string path(kPath);
  for (const std::string& entry : environment) {
    path = entry.starts_with("PATH=") ? entry.substr(5) : path;
  }
  std::vector<std::string> folders;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    if (end > begin) {
      folders.push_back(path.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return folders;
}

std::optional<ParameterError> add_environment(const Parameters& parameters, ExecOptions& options) {
  for (const auto& [name, text] : parameters.map("env")) {
    if (name.empty() || name.contains('=') || name.contains('\0')) {
      return ParameterError{.key = "env", .message = in_quotes(name) + " is not a variable's name"};
    }
    if (text.value.contains('\0')) {
      return ParameterError{.key = "env." + name, .message = "has a zero byte in it"};
    }
    options.command.environment.push_back(name + "=" + text.value);
    if (text.secret) {
      options.reading.mask.add(text.value);
    }
  }
  return std::nullopt;
}

std::optional<ParameterError> add_command(const Parameters& parameters, ExecOptions& options) {
  for (const monitor::Text& word : parameters.texts("command")) {
    if (word.value.contains('\0')) {
      return ParameterError{.key = "command", .message = "has a zero byte in it"};
    }
    const bool quoted = word.shown().empty() || word.shown().contains(' ');
    options.shown += options.shown.empty() ? "" : " ";
    options.shown += quoted ? "\"" + std::string(word.shown()) + "\"" : std::string(word.shown());
    options.command.command.push_back(word.value);
    if (word.secret) {
      options.reading.mask.add(word.value);
    }
  }
  options.shown = escaped(options.shown, 300);
  if (options.command.command.empty() || options.command.command.front().empty()) {
    return ParameterError{.key = "command",
                          .message =
                              "has no program (write [\"/usr/lib/nagios/plugins/check_users\", "
                              "\"-w\", \"5\"])"};
  }
  const std::string& program = options.command.command.front();
  if (program.contains('/') && !program.starts_with('/')) {
    return ParameterError{.key = "command",
                          .message = in_quotes(program) +
                                     " is not an absolute path (write the whole of it, or a name "
                                     "that stands in a folder of PATH)"};
  }
  if (options.command.command.size() == 1 && program.contains(' ')) {
    return ParameterError{.key = "command",
                          .message = in_quotes(program) +
                                     " is one word, and no shell takes it apart (write each "
                                     "argument as a text of its own)"};
  }
  return std::nullopt;
}

void add_limits(const Parameters& resources, ExecOptions& options) {
  const auto add = [&](int resource, std::int64_t value) {
    options.command.limits.push_back({resource, static_cast<rlim_t>(value)});
  };
  add(RLIMIT_NOFILE, resources.integer("open_files"));
  if (resources.has("cpu")) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(resources.duration("cpu"));
    add(RLIMIT_CPU, std::max<std::int64_t>(seconds.count(), 1));
  }
  const std::pair<const char*, int> numbers[] = {
      {"memory", RLIMIT_AS}, {"processes", RLIMIT_NPROC}, {"file_size", RLIMIT_FSIZE}};
  for (const auto& [key, resource] : numbers) {
    if (resources.has(key)) {
      add(resource, resources.integer(key));
    }
  }
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  ExecOptions options;
  if (auto error = add_command(parameters, options)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = add_environment(parameters, options)) {
    return std::unexpected(std::move(*error));
  }
  options.command.user = parameters.text("user");
  add_base(options.command.environment, options.command.user.empty());
  options.command.search = folders_of(options.command.environment);
  options.command.directory = parameters.text("directory");
  if (!options.command.directory.starts_with('/')) {
    return std::unexpected(ParameterError{
        .key = "directory",
        .message = in_quotes(options.command.directory) + " is not an absolute path"});
  }
  add_limits(parameters.table("resources"), options);
  options.most_kept = static_cast<std::size_t>(parameters.integer("max_output"));
  options.reading.nagios = parameters.text("exit_codes") == "nagios";
  const std::string& ranges = parameters.text("ranges");
  options.reading.apply_ranges = ranges == "apply" || (ranges == "auto" && !options.reading.nagios);
  return std::make_unique<ExecCheck>(std::move(options));
}

std::vector<monitor::KeyDescriptor> resource_keys() {
  using monitor::KeyType;
  return {
      {.name = "open_files",
       .type = KeyType::kInteger,
       .help = "Open descriptors; at most the agent's own hard limit.",
       .default_value = std::int64_t{1024},
       .minimum = 8,
       .maximum = 1'048'576},
      {.name = "cpu", .type = KeyType::kDuration, .help = "CPU time; whole seconds."},
      {.name = "memory",
       .type = KeyType::kSize,
       .help = "Address space, which is more than what is resident.",
       .minimum = std::int64_t{1} << 20},
      {.name = "processes",
       .type = KeyType::kInteger,
       .help = "Processes and threads that its user may have, others of the same user counted; "
               "means nothing for root.",
       .minimum = 1},
      {.name = "file_size",
       .type = KeyType::kSize,
       .help = "The largest file that it may write.",
       .minimum = 0},
  };
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  return {
      {.name = "command",
       .type = KeyType::kStringList,
       .help = "The program and its arguments, as they are: no shell takes them apart. The program "
               "is an absolute path, or a name that stands in a folder of PATH. While it runs, "
               "every user of the host can see the arguments: hand secrets over in `env`.",
       .required = true,
       .secret = true},
      {.name = "env",
       .type = KeyType::kMap,
       .help = "Its environment, beside PATH, LANG, TZ, HOME, USER and LOGNAME. Nothing else of "
               "the agent's own is handed on.",
       .default_value = monitor::TextMap(),
       .secret = true},
      {.name = "directory",
       .type = KeyType::kString,
       .help = "The folder in which it runs.",
       .default_value = std::string("/")},
      {.name = "user",
       .type = KeyType::kString,
       .help = "As whom it runs, with the groups of that user; anybody but the agent's own user "
               "needs an agent that runs as root. Empty: as the agent.",
       .default_value = std::string()},
      {.name = "exit_codes",
       .type = KeyType::kChoice,
       .help = "What exit statuses mean. nagios: 0 pass, 1 warn, 2 fail, 3 unknown, anything else "
               "fail. zero: 0 pass, anything else fail. Limits (warn, fail) may make that worse, "
               "never better: they turn a pass into a warn or a fail and a warn into a fail, and "
               "leave fail and unknown as they are.",
       .default_value = std::string("nagios"),
       .choices = {"nagios", "zero"}},
      {.name = "ranges",
       .type = KeyType::kChoice,
       .help = "Whether the ranges in performance data are limits (apply, ignore). auto: where "
               "exit_codes is zero. A plugin's exit status has judged them already, and some "
               "plugins print ranges that do not mean what the rule says (check_ntp_time, "
               "check_swap). A limit of your own on a value takes the place of its range of the "
               "same severity.",
       .default_value = std::string("auto"),
       .choices = {"auto", "apply", "ignore"}},
      {.name = "max_output",
       .type = KeyType::kSize,
       .help =
           "How much is kept of what it prints, and again of its errors; the rest is discarded.",
       .default_value = std::int64_t{65536},
       .minimum = 1024,
       .maximum = std::int64_t{16} << 20},
      {.name = "resources",
       .type = KeyType::kTable,
       .help = "Limits that the kernel puts on each process of the command (setrlimit).",
       .keys = resource_keys()},
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "exec";
  type.summary = "What a command says: a Nagios plugin, or any program by its exit status.";
  type.keys = keys();
  type.measurements = {
      {.name = "perfdata",
       .metric = "exec_perfdata",
       .open = true,
       .help = "Performance data, each value under its own name, in seconds, bytes and shares "
               "where the plugin names a unit of these. In a limit, a bare number is in the "
               "plugin's own unit."},
  };
  type.reasons = {Reason::kTimeout, Reason::kStatus,      Reason::kMissing,
                  Reason::kStuck,   Reason::kUnsupported, Reason::kPermission,
                  Reason::kAgent,   Reason::kUnreachable, Reason::kInternal};
  type.example =
      "[checks.time]\n"
      "type = \"exec\"\n"
      "command = [\"/usr/lib/nagios/plugins/check_ntp_time\", \"-H\", \"127.0.0.1\"]\n"
      "env = { LANG = \"C\" }\n"
      "user = \"nagios\"\n"
      "warn = { offset = \"100ms\" }\n";
  type.make = &make;
  return type;
}

void tell_output(RunContext& context, const char* name, const ProcessOutput& output) {
  const std::string more =
      output.discarded > 0 ? " and " + std::to_string(output.discarded) + " discarded" : "";
  context.tell(std::string(name) + ": " + std::to_string(output.text.size()) + " bytes" + more +
               (output.text.empty() ? "" : ": " + in_quotes(output.text, 1024)));
}

}  // namespace

const monitor::CheckDescriptor& exec_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

ExecCheck::ExecCheck(ExecOptions options)
    : command_(std::make_shared<const SpawnSettings>(std::move(options.command))),
      reading_(std::move(options.reading)),
      most_kept_(options.most_kept),
      shown_(std::move(options.shown)) {}

Task<CheckResult> ExecCheck::run(RunContext& context) {
  if (context.verbose()) {
    context.tell("command: " + shown_);
  }
  const Duration patience = context.deadline() - context.clock().now();
  // One process a check: the key is the check's, and no other's of the same command.
  std::string key = "exec:" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  std::shared_ptr<const SpawnSettings> command = command_;
  auto report = co_await run_process(context, std::move(command), std::move(key), most_kept_);
  CheckResult result;
  if (!report) {
    result.outcome = start_failure(report.error(), *command_, patience);
    co_return result;
  }
  for (std::string* const text : {&report->output.text, &report->errors.text}) {
    *text = reading_.mask.apply(std::move(*text));
  }
  result = command_result(reading_, *report, patience);
  if (context.verbose()) {
    tell_output(context, "output", report->output);
    tell_output(context, "errors", report->errors);
    const ExitStatus& status = report->status;
    context.tell((status.signalled ? "killed by " + signal_name(status.value)
                                   : "exit status " + std::to_string(status.value)) +
                 ", " + monitor::format_value(monitor::Unit::kSeconds, status.cpu_seconds) +
                 " of CPU");
  }
  co_return result;
}

}  // namespace hale::checks
