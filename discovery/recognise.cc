#include "discovery/recognise.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fnmatch.h>

#include "checks/net/secure_port.h"

namespace hale::discovery {
namespace {

using monitor::Parameters;
using monitor::ParameterValue;
using Set = std::pair<std::string, ParameterValue>;

bool matches(const std::vector<std::string_view>& globs, std::string_view name) {
  const std::string text(name);
  return !name.empty() && std::ranges::any_of(globs, [&text](std::string_view glob) {
    return ::fnmatch(std::string(glob).c_str(), text.c_str(), 0) == 0;
  });
}

bool is_interpreter(std::string_view program) {
  static const std::vector<std::string_view> kInterpreters = {"java",   "python*", "node",
                                                              "nodejs", "ruby*",   "beam.smp"};
  return matches(kInterpreters, program);
}

bool has_argument(const Program& program, const std::vector<std::string_view>& parts) {
  return std::ranges::any_of(parts, [&program](std::string_view part) {
    return std::ranges::any_of(
        program.command, [part](const std::string& argument) { return argument.contains(part); });
  });
}

// A script may have a name of its own.
bool is_interpreted(const Program& program) {
  return is_interpreter(program.name) || is_interpreter(program.file);
}

Parameters table(std::vector<Set> set) {
  Parameters parameters;
  for (auto& [key, value] : set) {
    parameters.set(std::move(key), std::move(value));
  }
  return parameters;
}

std::vector<Parameters> inner(std::vector<Set> set) {
  return {table(std::move(set))};
}

Trial trial(std::string type, std::vector<Set> set, std::string saw) {
  Trial made;
  made.type = std::move(type);
  made.keys = table(std::move(set));
  made.saw = std::move(saw);
  return made;
}

class Trials {
 public:
  explicit Trials(const Endpoint& endpoint)
      : host_(host_of(endpoint)),
        port_(endpoint.port),
        udp_(endpoint.protocol == checks::SocketProtocol::kUdp) {}

  void add(const Approach& approach) {
    switch (approach.talk) {
      case Talk::kConnect:
        break;
      case Talk::kHint:
        return add_hinted();
      case Talk::kHttp:
        return add_http(std::string(approach.path));
      case Talk::kDialogue:
        return add_dialogue(approach);
      case Talk::kStartTls:
        return add_start_tls(std::string(approach.path));
      case Talk::kSmtp:
        return add_smtp();
      case Talk::kDns:
        return add_dns();
    }
  }

  std::vector<Trial> take() {
    if (!udp_) {
      all_.push_back(trial("tcp", place(), "a connection"));
    }
    return std::move(all_);
  }

 private:
  std::vector<Set> place() const {
    return {{"host", host_}, {"port", static_cast<std::int64_t>(port_)}};
  }

  void add_hinted() {
    if (suggests_http(port_)) {
      add_http("/");
    } else if (port_ == 443 || port_ == 8443 || port_ == 9443) {
      add_http("/");
      add_tls();
    } else if (suggests_tls(port_)) {
      add_tls();
    }
  }

  void add_http(const std::string& path) {
    const bool secure_first = suggests_tls(port_);
    for (const bool secure : {secure_first, !secure_first}) {
      add_request(secure, path);
      if (path != "/") {
        add_request(secure, "/");
      }
    }
  }

  void add_request(bool secure, const std::string& path) {
    const bool usual = port_ == (secure ? 443 : 80);
    const std::string host = host_.contains(':') ? "[" + host_ + "]" : host_;
    const std::string url = std::string(secure ? "https://" : "http://") + host +
                            (usual ? "" : ":" + std::to_string(port_)) + path;
    // Any status: what it is now is what will be expected.
    std::vector<Set> set = {{"url", url},
                            {"follow_redirects", false},
                            {"expect", inner({{"status", std::string("100-599")}})}};
    if (secure) {
      set.emplace_back("tls", inner({{"verify", false}}));
    }
    all_.push_back(trial("http", std::move(set), "GET " + path));
  }

  void add_tls() {
    std::vector<Set> set = place();
    set.emplace_back("tls", inner({{"verify", false}}));
    all_.push_back(trial("tls", std::move(set), "a TLS handshake"));
  }

  // Asked for one reply after the other, to tell which it was; any of them is as good from then on.
  void add_dialogue(const Approach& approach) {
    std::string any;
    for (const KnownReply& reply : approach.replies) {
      any.append(any.empty() ? "" : "|").append(reply.pattern);
    }
    for (const KnownReply& reply : approach.replies) {
      Trial one =
          trial("tcp", dialogue(approach, std::string(reply.pattern)), std::string(reply.meaning));
      if (approach.replies.size() > 1) {
        one.settled = table(dialogue(approach, any));
      }
      all_.push_back(std::move(one));
    }
  }

  std::vector<Set> dialogue(const Approach& approach, const std::string& pattern) const {
    std::vector<Parameters> steps;
    if (!approach.send.empty()) {
      steps.push_back(table({{"send", monitor::Secret{std::string(approach.send)}}}));
    }
    steps.push_back(table({{"expect", pattern}}));
    std::vector<Set> set = place();
    set.emplace_back("dialogue", std::move(steps));
    return set;
  }

  void add_start_tls(const std::string& protocol) {
    std::vector<Set> set = place();
    set.emplace_back("starttls", protocol);
    set.emplace_back("tls", inner({{"verify", false}}));
    all_.push_back(trial("tcp", std::move(set), "the request for TLS with a handshake"));
  }

  void add_smtp() {
    std::vector<Set> set = place();
    if (suggests_tls(port_)) {
      set.emplace_back("tls", inner({{"enabled", true}, {"verify", false}}));
    }
    all_.push_back(trial("smtp", std::move(set), "EHLO"));
  }

  // "localhost" is a name that a server knows by itself (RFC 6761 section 6.3), if it takes
  // questions about names that are not its own at all.
  void add_dns() {
    const auto ask = [this](std::vector<Set> expect, std::string saw) {
      std::vector<Set> set = {{"server", host_}, {"name", std::string("localhost")}};
      if (port_ != 53) {
        set.emplace_back("port", static_cast<std::int64_t>(port_));
      }
      if (!udp_) {
        set.emplace_back("transport", std::string("tcp"));
      }
      if (!expect.empty()) {
        set.emplace_back("expect", inner(std::move(expect)));
      }
      all_.push_back(trial("dns", std::move(set), std::move(saw)));
    };
    ask({}, "a question for localhost");
    ask({{"rcode", std::string("REFUSED")}},
        "a question for localhost with REFUSED, since it serves its own zones only");
    ask({{"rcode", std::string("NXDOMAIN")}}, "a question for localhost with NXDOMAIN");
  }

  std::string host_;
  std::uint16_t port_;
  bool udp_;
  std::vector<Trial> all_;
};

const Approach& approach_of(const KnownService& service, std::uint16_t port) {
  const auto special = std::ranges::find(service.ports, port, &KnownPort::port);
  return special == service.ports.end() ? service.usual : special->approach;
}

}  // namespace

Recognised recognise(const Program& program, std::string_view unit) {
  const std::span<const KnownService> all = known_services();
  for (const std::string* name : {&program.name, &program.file}) {
    for (const KnownService& service : all) {
      if (matches(service.programs, *name)) {
        return {.service = &service, .by = "its program"};
      }
    }
  }
  if (is_interpreted(program)) {
    for (const KnownService& service : all) {
      if (has_argument(program, service.arguments)) {
        return {.service = &service, .by = "its arguments"};
      }
    }
  }
  for (const KnownService& service : all) {
    if (matches(service.units, unit)) {
      return {.service = &service, .by = "its unit"};
    }
  }
  return {};
}

bool is_hale(const Program& program, std::string_view unit) {
  return program.name == "hale" || unit == "hale.service";
}

std::string host_of(const Endpoint& endpoint) {
  using asio::ip::address;
  const auto listens_on = [&endpoint](const address& wanted) {
    return std::ranges::find(endpoint.addresses, wanted) != endpoint.addresses.end();
  };
  const address v4_any = asio::ip::address_v4::any();
  const address v6_any = asio::ip::address_v6::any();
  const address v4_loopback = asio::ip::address_v4::loopback();
  const address v6_loopback = asio::ip::address_v6::loopback();
  if (listens_on(v4_loopback) || listens_on(v4_any) ||
      (listens_on(v6_any) && endpoint.dual_stack)) {
    return v4_loopback.to_string();
  }
  if (listens_on(v6_loopback) || listens_on(v6_any)) {
    return v6_loopback.to_string();
  }
  return endpoint.addresses.front().to_string();
}

std::vector<Trial> trials_of(const Endpoint& endpoint, const KnownService* service) {
  Trials trials(endpoint);
  if (service != nullptr) {
    trials.add(approach_of(*service, endpoint.port));
  } else if (endpoint.protocol == checks::SocketProtocol::kTcp) {
    trials.add({.talk = Talk::kHint});
  }
  return trials.take();
}

bool is_http(const Trial& trial) {
  return trial.type == "http";
}

}  // namespace hale::discovery
