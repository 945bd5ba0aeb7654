#include "discovery/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checks/excerpt.h"
#include "discovery/ownership.h"
#include "discovery/recognise.h"
#include "discovery/risks.h"

namespace hale::discovery {
namespace {

using monitor::Parameters;

constexpr std::size_t kMostBaseBytes = 40;
constexpr std::size_t kMostNameBytes = 80;

// "nginx", "php-fpm": what a name of a check may hold of a name that may hold anything.
std::string name_part(std::string_view text) {
  std::string part;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '_') {
      part += c;
    } else if (!part.empty() && part.back() != '-') {
      part += '-';
    }
  }
  const std::size_t start = std::min(part.find_first_not_of("-_"), part.size());
  part = part.substr(start, kMostBaseBytes);
  while (!part.empty() && part.back() == '-') {
    part.pop_back();
  }
  return part;
}

std::string base_name(const Endpoint& endpoint, const KnownService* service) {
  std::string base;
  if (service != nullptr) {
    base = service->id == "exporter" ? name_part(endpoint.program.name) : service->id;
  } else if (endpoint.container.empty()) {
    base = name_part(endpoint.unit.substr(0, endpoint.unit.rfind('.')));
  }
  if (base.empty()) {
    base = name_part(endpoint.program.name);
  }
  return base.empty() ? "port" : base;
}

std::string protocol_text(const Endpoint& endpoint) {
  return std::string(to_string(endpoint.protocol));
}

std::string where_text(const Endpoint& endpoint) {
  return protocol_text(endpoint) + " port " + std::to_string(endpoint.port) + " of " +
         owner_text(endpoint);
}

// What was seen when the endpoint was asked, as a sentence.
std::string answer_text(const Answer& answer) {
  if (!answer.asked) {
    return "It was not asked.";
  }
  if (!answer.passed) {
    return "It did not answer when it was asked: " + answer.refusal + ".";
  }
  if (answer.passed->saw == "a connection") {
    return "It accepts connections; what more could be asked without a password is not known.";
  }
  const std::string status = answer.status ? " with " + std::to_string(*answer.status) : "";
  return "It answered " + answer.passed->saw + status + ".";
}

// What a reader has to know about the expectations of the check.
std::vector<std::string> remarks(const Answer& answer) {
  std::vector<std::string> lines;
  const int status = answer.status.value_or(200);
  if (status >= 500) {
    lines.emplace_back("That is trouble: a status below 500 is expected.");
  } else if (status >= 400) {
    lines.emplace_back("It turns the question down: that it does is what is expected.");
  } else if (status >= 300 && status < 400) {
    lines.emplace_back("It sends elsewhere: that it does is what is expected.");
  }
  if (answer.certificate_until && !answer.trusted) {
    lines.emplace_back(
        "Its certificate is not verified, since no authority that this host trusts vouches for a "
        "name in it; when it expires is watched.");
  }
  return lines;
}

std::string reason_text(bool critical, std::string_view why) {
  return (critical ? "Critical: " : "Not critical: ") + std::string(why) + ".";
}

std::string_view why_of(const KnownService* service) {
  return service != nullptr ? service->why : "nobody has said what it is there for";
}

class Planner {
 public:
  Planner(const Picture& picture, const monitor::CheckRegistry& registry)
      : picture_(picture), registry_(registry) {}

  Plan make() {
    add_host();
    std::vector<const Endpoint*> endpoints;
    for (const Endpoint& endpoint : picture_.endpoints) {
      endpoints.push_back(&endpoint);
    }
    std::ranges::sort(endpoints, [](const Endpoint* a, const Endpoint* b) {
      const auto key = [](const Endpoint& e) {
        return std::tie(e.protocol, e.port, e.addresses, e.unit, e.program.name, e.container);
      };
      return key(*a) < key(*b);
    });
    for (const Endpoint* endpoint : endpoints) {
      add_endpoint(*endpoint);
    }
    add_gpus();
    plan_.conflicts = picture_.findings;
    plan_.risks = find_risks(watched_, picture_);
    plan_.unseen = picture_.unseen;
    plan_.bus = picture_.bus;
    std::ranges::sort(plan_.left_out);
    const auto same = std::ranges::unique(plan_.left_out);
    plan_.left_out.erase(same.begin(), same.end());
    add_groups();
    return std::move(plan_);
  }

 private:
  bool has(std::string_view type) const { return registry_.find(type) != nullptr; }

  void leave_out(const std::string& line) { plan_.left_out.push_back(line); }

  std::string unused_name(const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; !names_.insert(name).second; ++n) {
      name = wanted + "-" + std::to_string(n);
    }
    return name;
  }

  void add_host() {
    add_services();
    add_clock();
    if (!picture_.chips.empty()) {
      PlannedCheck& check = add("sensors", "host", "sensor");
      std::string chips;
      for (const std::string& chip : picture_.chips) {
        chips += (chips.empty() ? "" : ", ") + checks::escaped(chip, kMostNameBytes);
      }
      check.comment = {"The hardware measures itself: " + chips + ".",
                       reason_text(false,
                                   "what is too hot slows down or stops by itself, and its "
                                   "services show that")};
    }
    add_network_mounts();
  }

  void add_network_mounts() {
    std::vector<std::string> mounts;
    for (const std::string& mount : picture_.network_mounts) {
      const std::string shown = checks::escaped(mount);
      if (shown == mount) {
        mounts.push_back(mount);
      } else {
        leave_out("the mount " + shown + ": TOML has no way to write its name");
      }
    }
    if (mounts.empty()) {
      return;
    }
    PlannedCheck& check = add("network-mounts", "host", "disk");
    check.keys.set("mounts", std::move(mounts));
    check.comment = {
        "File systems of other hosts, which the check `disks` of builtin:host leaves alone.",
        reason_text(false, "which service needs them is not known")};
  }

  // All that are enabled of the kinds that there are.
  void add_services() {
    if (!picture_.units || !has("systemd")) {
      return;
    }
    std::set<std::string> kinds;
    for (const auto& [name, unit] : *picture_.units) {
      for (const std::string_view kind : {".service", ".socket", ".timer"}) {
        if (name.ends_with(kind) && unit.file_state.starts_with("enabled")) {
          kinds.insert("*" + std::string(kind));
        }
      }
    }
    if (kinds.empty()) {
      return;
    }
    PlannedCheck& check = add("services", "host", "systemd");
    check.keys.set("units", std::vector<std::string>(kinds.begin(), kinds.end()));
    check.comment = {
        "Everything that is enabled: running, not failed, not started again and again.",
        reason_text(false, "what others depend on has a check of its own below")};
  }

  void add_clock() {
    const auto keeper = std::ranges::find_if(picture_.programs, keeps_time);
    if (keeper == picture_.programs.end()) {
      leave_out("the clock: none of chronyd, systemd-timesyncd and ntpd runs here");
      return;
    }
    PlannedCheck& check = add("clock", "host", "clock");
    check.comment = {checks::escaped(*keeper, kMostNameBytes) + " keeps the clock right.",
                     reason_text(false, "a clock drifts for days before it hurts")};
  }

  void add_gpus() {
    for (const Gpu& gpu : picture_.gpus) {
      leave_out("GPU " + gpu.place + " (" + gpu.vendor + "): hale has no check for GPUs yet");
    }
  }

  PlannedCheck& add(const std::string& name, std::string group, std::string type) {
    PlannedCheck check;
    check.name = unused_name(name);
    check.group = std::move(group);
    check.type = std::move(type);
    return plan_.checks.emplace_back(std::move(check));
  }

  void add_endpoint(const Endpoint& endpoint) {
    if (is_hale(endpoint.program, endpoint.unit)) {
      return;
    }
    const Recognised recognised = recognise(endpoint.program, endpoint.unit);
    if (endpoint.protocol == checks::SocketProtocol::kUdp) {
      return add_datagrams(endpoint, recognised);
    }
    if (is_temporary(endpoint, picture_) && !is_fixed(endpoint, recognised)) {
      return leave_out("a port of " + owner_text(endpoint) +
                       " that the kernel chose: the next start gets another");
    }
    const std::string unit = lasting_unit(endpoint, picture_);
    const Lasting lasts = lasting(endpoint, picture_);
    if (recognised.service == nullptr && endpoint.container.empty() &&
        (unit.empty() || lasts == Lasting::kNo)) {
      const bool seen = !endpoint.program.name.empty() || !endpoint.unit.empty();
      return leave_out(where_text(endpoint) +
                       (seen ? ": not recognised, and no unit that is enabled has it"
                             : ": nothing can be expected of it"));
    }
    watched_.push_back(&endpoint);
    const std::string name =
        base_name(endpoint, recognised.service) + "-" + std::to_string(endpoint.port);
    std::string asks;
    if (waits_for_a_connection(endpoint, picture_)) {
      leave_out(where_text(endpoint) + ": a connection would start what is behind it");
    } else {
      asks = add_question(endpoint, recognised, name);
    }
    if (!unit.empty() && has("listener")) {
      add_owner(endpoint, recognised, unit, name, asks);
    }
  }

  // Whether a port from the range of temporary ones can be meant: it has said what it was expected
  // to, and is the only one of its owner.
  bool is_fixed(const Endpoint& endpoint, const Recognised& recognised) const {
    if (recognised.service == nullptr || !endpoint.answer.passed ||
        endpoint.answer.passed->saw == "a connection") {
      return recognised.service != nullptr && recognised.service->usual.talk == Talk::kStartTls &&
             is_only_one(endpoint);
    }
    return is_only_one(endpoint);
  }

  bool is_only_one(const Endpoint& endpoint) const {
    return std::ranges::none_of(picture_.endpoints, [&](const Endpoint& other) {
      return &other != &endpoint && other.protocol == endpoint.protocol &&
             other.port != endpoint.port && other.unit == endpoint.unit &&
             other.program == endpoint.program;
    });
  }

  // Datagrams are asked only where it is known what is answered.
  void add_datagrams(const Endpoint& endpoint, const Recognised& recognised) {
    if (endpoint.answer.passed) {
      add_question(
          endpoint, recognised,
          base_name(endpoint, recognised.service) + "-" + std::to_string(endpoint.port) + "-udp");
    } else if (!is_temporary(endpoint, picture_)) {
      leave_out(where_text(endpoint) + ": what a datagram would have to ask is not known");
    }
  }

  // The check that asks; its name.
  std::string add_question(const Endpoint& endpoint, const Recognised& recognised,
                           const std::string& name) {
    const KnownService* service = recognised.service;
    const Field field = service != nullptr ? service->field : Field::kOther;
    // What does not answer now gets the check that wants the least.
    const Trial trial =
        endpoint.answer.passed ? *endpoint.answer.passed : trials_of(endpoint, nullptr).back();
    PlannedCheck& check = add(name, std::string(facts_of(field).group), trial.type);
    check.keys = trial.keys;
    check.critical = service != nullptr && service->critical;
    const std::string title = service != nullptr ? std::string(service->title) : "Not recognised";
    const std::string by =
        service != nullptr ? ", known by " + std::string(recognised.by) : std::string();
    check.comment.push_back(title + ": " + owner_text(endpoint) + by + ".");
    check.comment.push_back(answer_text(endpoint.answer));
    for (std::string& line : remarks(endpoint.answer)) {
      check.comment.push_back(std::move(line));
    }
    check.comment.push_back(reason_text(check.critical, why_of(service)));
    return check.name;
  }

  void add_owner(const Endpoint& endpoint, const Recognised& recognised, const std::string& unit,
                 const std::string& name, const std::string& asks) {
    const Field field = recognised.service != nullptr ? recognised.service->field : Field::kOther;
    PlannedCheck& check = add(name + "-owner", std::string(facts_of(field).group), "listener");
    check.keys.set("port", static_cast<std::int64_t>(endpoint.port));
    check.keys.set("protocol", protocol_text(endpoint));
    if (shares_its_port(endpoint) ||
        (endpoint.addresses.size() == 1 && !on_every_address(endpoint))) {
      check.keys.set("address", host_of(endpoint));
    }
    if (!asks.empty()) {
      check.keys.set("connect", false);  // the other one does
    }
    Parameters owner;
    owner.set("unit", unit);
    check.keys.set("owner", std::vector{std::move(owner)});
    check.comment = {"Nobody but " + checks::escaped(unit, kMostNameBytes) +
                     " should listen there: an answer of somebody else is worth nothing."};
    check.comment.push_back(asks.empty()
                                ? reason_text(false, why_of(recognised.service))
                                : reason_text(false, "whether anybody answers is told by " + asks));
  }

  // Somebody else has the same port at another address.
  bool shares_its_port(const Endpoint& endpoint) const {
    return std::ranges::any_of(picture_.endpoints, [&endpoint](const Endpoint& other) {
      return &other != &endpoint && other.protocol == endpoint.protocol &&
             other.port == endpoint.port;
    });
  }

  void add_groups() {
    std::set<std::string> used;
    for (const PlannedCheck& check : plan_.checks) {
      used.insert(check.group);
    }
    std::map<std::string, std::vector<PlannedCheck>> by_group;
    for (PlannedCheck& check : plan_.checks) {
      by_group[check.group].push_back(std::move(check));
    }
    plan_.checks = std::move(by_group["host"]);
    for (int i = 0; i < kFieldCount; ++i) {
      const FieldFacts& facts = facts_of(static_cast<Field>(i));
      const std::string group(facts.group);
      if (used.contains(group)) {
        plan_.groups.push_back(
            {.name = group, .title = std::string(facts.title), .order = 20 + 10 * i});
      }
      for (PlannedCheck& check : by_group[group]) {
        plan_.checks.push_back(std::move(check));
      }
    }
  }

  const Picture& picture_;
  const monitor::CheckRegistry& registry_;
  std::set<std::string> names_;
  std::vector<const Endpoint*> watched_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Picture& picture, const monitor::CheckRegistry& registry) {
  return Planner(picture, registry).make();
}

bool keeps_time(const std::string& program) {
  constexpr std::array<std::string_view, 5> kKeepers = {"chronyd", "systemd-timesyncd",
                                                        "systemd-timesyn", "ntpd", "openntpd"};
  return std::ranges::find(kKeepers, program) != kKeepers.end();
}

}  // namespace hale::discovery
