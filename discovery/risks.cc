#include "discovery/risks.h"

#include <algorithm>
#include <utility>

#include "checks/excerpt.h"
#include "checks/tls/certificate.h"
#include "discovery/ownership.h"
#include "discovery/recognise.h"

namespace hale::discovery {
namespace {

using monitor::Finding;
using monitor::Severity;

constexpr monitor::Duration kSoon = std::chrono::hours(24 * 30);

constexpr std::size_t kDayBytes = std::string_view("2026-12-02").size();

Finding risk(std::string kind, std::string key, Severity severity, std::string message) {
  Finding finding;
  finding.kind = std::move(kind);
  finding.key = std::move(key);
  finding.severity = severity;
  finding.message = std::move(message);
  return finding;
}

std::string port_text(const Endpoint& endpoint) {
  return "port " + std::to_string(endpoint.port);
}

class Risks {
 public:
  explicit Risks(const Picture& picture) : picture_(picture) {}

  void look_at(const Endpoint& endpoint) {
    const KnownService* service = recognise(endpoint.program, endpoint.unit).service;
    const std::string owner = owner_text(endpoint);
    const std::string where = port_text(endpoint) + " of " + owner;
    if (service != nullptr && service->internal && on_every_address(endpoint)) {
      look_at_exposed(endpoint, *service, where);
    }
    if (service != nullptr) {
      look_at_lasting(endpoint, *service, owner);
    }
    if (is_temporary(endpoint, picture_)) {
      add("temporary_port", where, Severity::kInfo,
          where +
              " lies in the range of temporary ports: another program may have it at the next "
              "start; add it to net.ipv4.ip_local_reserved_ports");
    }
    const Answer& answer = endpoint.answer;
    if (answer.certificate_until && *answer.certificate_until - picture_.now < kSoon) {
      const bool over = *answer.certificate_until <= picture_.now;
      add("certificate", where, Severity::kTicket,
          "the certificate on " + where + (over ? " expired on " : " expires on ") +
              checks::tls::date_text(*answer.certificate_until).substr(0, kDayBytes));
    }
    const int status = answer.status.value_or(0);
    if (status >= 500 && answer.passed) {
      add("not_well", where, Severity::kTicket,
          where + " answers " + answer.passed->saw + " with " + std::to_string(status));
    }
    if (answer.asked && !answer.passed) {
      add("no_answer", where, Severity::kTicket,
          where + " listens and does not answer: " + answer.refusal);
    }
  }

  void look_at_units() {
    if (!picture_.units) {
      return;
    }
    for (const auto& [name, unit] : *picture_.units) {
      if (unit.active_state != "failed") {
        continue;
      }
      const std::string text = checks::escaped(name);
      const std::string result = unit.service  ? unit.service->result
                                 : unit.socket ? unit.socket->result
                                               : std::string();
      add("failed_unit", text, Severity::kTicket,
          text + " has failed" + (result.empty() ? "" : ": " + checks::escaped(result)));
    }
  }

  std::vector<Finding> take() {
    std::ranges::sort(found_, [](const Finding& a, const Finding& b) {
      return std::tie(a.kind, a.key) < std::tie(b.kind, b.key);
    });
    return std::move(found_);
  }

 private:
  void look_at_exposed(const Endpoint& endpoint, const KnownService& service,
                       const std::string& where) {
    const std::string what(service.title);
    const bool open = endpoint.answer.passed && endpoint.answer.passed->saw.starts_with("+PONG");
    add("exposed", where, open ? Severity::kPage : Severity::kTicket,
        where + " listens on every address" + (open ? " and asks for no password" : "") + ": " +
            what +
            " is usually for this host or its network alone, so bind it to fewer "
            "addresses, or be sure of the firewall");
  }

  void look_at_lasting(const Endpoint& endpoint, const KnownService& service,
                       const std::string& owner) {
    const std::string title(service.title);
    switch (lasting(endpoint, picture_)) {
      case Lasting::kUnknown:
      case Lasting::kYes:
        return;
      case Lasting::kNo:
        add("not_enabled", owner, Severity::kTicket,
            title + " (" + owner + ") runs and is not enabled: it will be gone after a reboot");
        return;
      case Lasting::kByHand:
        add("not_enabled", owner, Severity::kTicket,
            title + " (" + owner +
                ") was started by hand, by no unit of systemd's: it will be gone after a reboot");
        return;
    }
  }

  // Once each: several ports of a service have one such risk.
  void add(std::string kind, const std::string& key, Severity severity, std::string message) {
    const auto same = [&](const Finding& other) { return other.kind == kind && other.key == key; };
    if (std::ranges::none_of(found_, same)) {
      found_.push_back(risk(std::move(kind), key, severity, std::move(message)));
    }
  }

  const Picture& picture_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> find_risks(const std::vector<const Endpoint*>& endpoints,
                                const Picture& picture) {
  Risks risks(picture);
  for (const Endpoint* endpoint : endpoints) {
    risks.look_at(*endpoint);
  }
  risks.look_at_units();
  return risks.take();
}

}  // namespace hale::discovery
