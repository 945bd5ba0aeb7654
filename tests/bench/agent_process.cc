#include "tests/bench/agent_process.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <asio/ip/address_v4.hpp>
#include <fmt/core.h>

#include "cli/client.h"
#include "monitor/values.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(EXIT_FAILURE);
}

std::filesystem::path write_configuration(const std::filesystem::path& folder,
                                          const std::string& text) {
  const std::filesystem::path file = folder / "hale.toml";
  std::ofstream(file) << text;
  return file;
}

// The value of a text field in a line of JSON; empty when it is not there.
std::string_view field(std::string_view line, std::string_view name) {
  const std::string begin = fmt::format("\"{}\":\"", name);
  const std::size_t from = line.find(begin);
  if (from == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = line.substr(from + begin.size());
  return rest.substr(0, rest.find('"'));
}

constexpr const char* kHead =
    "[agent]\nname = \"bench\"\nstate_dir = \"\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n";

}  // namespace

std::string default_configuration() {
  return fmt::format("include = [\"builtin:host\"]\n{}", kHead);
}

std::string tcp_configuration(const Targets& targets) {
  std::string text = fmt::format(
      "{}[checks.t]\ntype = \"tcp\"\ninterval = \"{}\"\ntimeout = \"{}\"\n[checks.t.each]\n", kHead,
      monitor::to_text(targets.interval), monitor::to_text(targets.timeout));
  for (std::size_t i = 0; i < targets.checks; ++i) {
    text +=
        fmt::format("c{:06} = {{ host = \"{}\", port = {} }}\n", i,
                    asio::ip::address_v4(Targets::address_of(i)).to_string(), targets.port_of(i));
  }
  return text;
}

AgentProcess::AgentProcess(const std::string& configuration)
    : started_(std::chrono::steady_clock::now()),
      process_({program_beside("../hale"), "run", "-c",
                write_configuration(folder_.path(), configuration), "--log-format", "json", "--set",
                "agent.state_dir=" + (folder_.path() / "state").string()},
               ChildProcess::Pipe::kErrors) {
  std::string said;
  while (const auto line = process_.read_line(60s)) {
    if (field(*line, "message") == "listening") {
      url_ = fmt::format("http://{}", field(*line, "address"));
      return;
    }
    said += *line + '\n';
  }
  give_up(said + "the agent did not start");
}

monitor::Duration AgentProcess::until_first_result() {
  while (const auto line = process_.read_line(60s)) {
    if (field(*line, "message") == "status") {
      return std::chrono::steady_clock::now() - started_;
    }
  }
  give_up("the agent reported no result");
}

monitor::Duration AgentProcess::until_all_results() {
  while (std::chrono::steady_clock::now() - started_ < 120s) {
    process_.drop_lines();
    if (ask("/api/v1/status?summary", "pending_checks") == 0) {
      return std::chrono::steady_clock::now() - started_;
    }
    wait_for(50ms);
  }
  give_up("checks are still pending after two minutes");
}

std::string AgentProcess::get(const std::string& path) const {
  auto body = cli::Client(url_).get(path);
  return body ? std::move(*body) : std::string();
}

std::optional<std::uint64_t> AgentProcess::ask(const std::string& path,
                                               const std::string& key) const {
  const std::string body = get(path);
  const std::string begin = fmt::format("\"{}\":", key);
  const std::size_t from = body.find(begin);
  std::uint64_t value = 0;
  if (from == std::string::npos ||
      std::from_chars(body.data() + from + begin.size(), body.data() + body.size(), value).ec !=
          std::errc()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace hale::bench
