#include "tests/tidy/rules.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace hale::tidy {
namespace {

constexpr int kFileLines = 600;
constexpr int kFunctionLines = 100;

using Prefixes = std::vector<std::string_view>;

struct Ban {
  std::string_view token;
  std::string_view instead;
  Prefixes allowed = {};  // paths that begin like this may
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans = {
      {"::now()",
       "take `now` as an argument, or a Clock (monitor/runtime/clock.h)",
       {"monitor/runtime/clock.cc", "tests/integration/", "tests/bench/"}},
      {"sleep_for",
       "wait for the thing itself, or sleep_until() with a Clock",
       {"tests/integration/agent_process."}},  // asks another process until it answers
      {"this_thread::sleep_until", "wait for the thing itself, or sleep_until() with a Clock"},
      {"usleep", "wait for the thing itself, or sleep_until() with a Clock", {"cli/"}},
      {"nanosleep", "wait for the thing itself, or sleep_until() with a Clock"},
      {"std::regex", "RE2, with bounded memory: std::regex overflows the stack on 20 kB of text"},
      {"random_device", "monitor::Random (monitor/runtime/random.h), seeded by who owns it"},
      {"asio::detached", "TaskGroup::spawn: nothing escapes, and close() waits for it"},
      {"co_spawn", "TaskGroup::spawn or first_of", {"monitor/runtime/", "tests/support/"}},
      {"awaitable_operators", "first_of or with_deadline: `||` waits for the timer (asio#900)"},
      {"getaddrinfo", "the resolver's pool (checks/net)", {"checks/net/"}},
      {"tcp::resolver", "the resolver's pool (checks/net)"},
      {"udp::resolver", "the resolver's pool (checks/net)"},
      {"std::atomic<std::shared_ptr",
       "a mutex held for the swap of the pointer: libstdc++ 12's races under TSan"},
      {"fork()",
       "posix_spawn: fork copies the page tables of the whole agent",
       {"tests/bench/exec_check_bench."}},  // shows what that costs
      {"using namespace std;", "the names themselves"},
  };
  return kBans;
}

struct Library {
  std::string_view header;  // begins like this
  std::string_view home;
  Prefixes allowed;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> kLibraries = {
      {"toml++/", "config/", {"config/", "tests/config/"}},
      {"restinio/", "exporters/http/", {"exporters/http/", "tests/exporters/http/"}},
      {"CLI/", "cli/", {"cli/", "tests/cli/"}},
  };
  return kLibraries;
}

struct Folder {
  std::string_view name;
  Prefixes may_include;
};

const std::vector<Folder>& folders() {
  static const std::vector<Folder> kFolders = {
      {"monitor/", {"monitor/"}},
      {"config/", {"config/", "monitor/"}},
      {"checks/", {"checks/", "monitor/"}},
      {"ingest/", {"ingest/", "monitor/"}},
      {"exporters/", {"exporters/", "monitor/"}},
      {"discovery/", {"discovery/", "config/", "checks/", "monitor/"}},
      {"cli/", {"cli/", "discovery/", "config/", "checks/", "ingest/", "exporters/", "monitor/"}},
      {"tests/",
       {"tests/", "cli/", "discovery/", "config/", "checks/", "ingest/", "exporters/", "monitor/"}},
  };
  return kFolders;
}

bool begins_like_one_of(std::string_view text, const Prefixes& prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](std::string_view prefix) { return text.starts_with(prefix); });
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text.append(part);
  }
  return text;
}

void check_direction(const Source& source, const Include& include, Findings& findings) {
  for (const Folder& folder : folders()) {
    if (source.path.starts_with(folder.name) &&
        !begins_like_one_of(include.name, folder.may_include)) {
      findings.push_back({source.path, include.line,
                          joined({folder.name, " may not include \"", include.name,
                                  "\": data flows one way, and paths begin at the root"})});
    }
  }
}

void check_library(const Source& source, const Include& include, Findings& findings) {
  // RESTinio's own headers include it: naming it costs that one file nothing.
  if (include.name == "asio.hpp" && source.path != "exporters/http/restinio.h") {
    findings.push_back({source.path, include.line, "<asio.hpp>: include the header that is used"});
  }
  if (include.name == "regex") {
    findings.push_back({source.path, include.line, "<regex>: use RE2"});
  }
  for (const Library& library : libraries()) {
    if (include.name.starts_with(library.header) &&
        !begins_like_one_of(source.path, library.allowed)) {
      findings.push_back({source.path, include.line,
                          joined({"<", include.name, "> belongs in ", library.home, " only"})});
    }
  }
  const Prefixes beyond_the_core = {"Poco/", "fmt/", "prometheus/", "openssl/", "curl/"};
  if (source.path.starts_with("monitor/") && begins_like_one_of(include.name, beyond_the_core)) {
    findings.push_back(
        {source.path, include.line,
         joined({"<", include.name, ">: monitor/ depends on Asio and the standard library only"})});
  }
}

bool contains_word(std::string_view code, std::string_view word) {
  return find_word(code, word, 0) != std::string_view::npos;
}

// Whether the text before a `{` outside any function makes it the body of a function.
bool heads_function(std::string_view head) {
  while (head.starts_with("template")) {
    std::size_t end = head.find('<');
    for (int depth = 0; end < head.size(); ++end) {
      depth += head[end] == '<' ? 1 : head[end] == '>' ? -1 : 0;
      if (depth == 0) {
        break;
      }
    }
    const std::size_t rest = end < head.size() ? next(head, end + 1) : std::string_view::npos;
    head = rest == std::string_view::npos ? "" : head.substr(rest);
  }
  const std::size_t paren = head.find('(');
  if (paren == std::string_view::npos) {
    return false;
  }
  const std::string_view name = head.substr(0, paren);
  constexpr std::array<std::string_view, 5> kTypes = {"class", "struct", "union", "enum",
                                                      "namespace"};
  const bool type =
      std::ranges::any_of(kTypes, [&](std::string_view word) { return contains_word(name, word); });
  const bool value =
      name.find('=') != std::string_view::npos && name.find("operator") == std::string_view::npos;
  return !type && !value;
}

}  // namespace

void check_bans(const Source& source, Findings& findings) {
  for (const Ban& ban : bans()) {
    if (begins_like_one_of(source.path, ban.allowed)) {
      continue;
    }
    for (std::size_t at = find_word(source.code, ban.token, 0); at != std::string::npos;
         at = find_word(source.code, ban.token, at + 1)) {
      findings.push_back({source.path, line_of(source.code, at),
                          joined({"`", ban.token, "` is banned here; use ", ban.instead})});
    }
  }
  for (std::size_t at = source.text.find("TODO(now)"); at != std::string::npos;
       at = source.text.find("TODO(now)", at + 1)) {
    if (!source.path.starts_with("tests/tidy/")) {
      findings.push_back({source.path, line_of(source.text, at), "TODO(now): now is now"});
    }
  }
}

void check_includes(const Source& source, Findings& findings) {
  for (const Include& include : source.includes) {
    if (include.project) {
      check_direction(source, include, findings);
    } else {
      check_library(source, include, findings);
    }
  }
}

void check_size(const Source& source, Findings& findings) {
  const int lines = line_of(source.text, source.text.size());
  if (lines > kFileLines) {
    findings.push_back({source.path, lines, "more than 600 lines: a file is about one thing"});
  }
  const std::string code = without_directives(source.code);
  std::size_t head = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] == ';' || code[i] == '}') {
      head = i + 1;
    } else if (code[i] == '{') {
      const std::size_t first = std::min(next(code, head), i);
      const std::size_t close = closing(code, i);
      if (close != std::string::npos &&
          heads_function(std::string_view(code).substr(first, i - first))) {
        if (line_of(code, close) - line_of(code, first) >= kFunctionLines) {
          findings.push_back({source.path, line_of(code, first),
                              "a function of more than 100 lines: it should fit a screen"});
        }
        i = close;
      }
      head = i + 1;
    }
  }
}

void check_header(const Source& source, Findings& findings) {
  if (!source.path.ends_with(".h")) {
    return;
  }
  if (!source.text.starts_with("//")) {
    findings.push_back({source.path, 1, "a header begins with a comment: what it is, who owns it"});
  }
  if (!contains_word(source.code, "#pragma once")) {
    findings.push_back({source.path, 1, "a header needs #pragma once"});
  }
}

Findings check(const Source& source) {
  Findings findings;
  check_bans(source, findings);
  check_includes(source, findings);
  check_size(source, findings);
  check_header(source, findings);
  check_capturing_coroutines(source, findings);
  check_co_await_stands_alone(source, findings);
  return findings;
}

}  // namespace hale::tidy
