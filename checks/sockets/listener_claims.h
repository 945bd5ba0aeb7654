// Who is meant to listen where, as the configuration says: what the checks of listeners expect, for
// whoever looks for conflicts. Shared by all checks: services().shared<ListenerClaims>(). Engine
// thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checks/sockets/listener_question.h"

namespace hale::monitor {
struct Services;
}  // namespace hale::monitor

namespace hale::checks {

struct ListenerClaim {
  std::string unit;  // "nginx.service"
  ListenerQuestion where;
  std::string target;  // of the check
};

// A claim holds for as long as the check that made it is alive, so that a configuration that was
// read anew leaves none behind.
class ListenerClaims {
 public:
  explicit ListenerClaims(monitor::Services& /*services*/) {}

  void add(const std::shared_ptr<const ListenerClaim>& claim) {
    std::erase_if(claims_, [](const auto& known) { return known.expired(); });
    claims_.push_back(claim);
  }
  std::vector<ListenerClaim> all() const {
    std::vector<ListenerClaim> list;
    for (const auto& known : claims_) {
      if (const auto claim = known.lock()) {
        list.push_back(*claim);
      }
    }
    return list;
  }

 private:
  std::vector<std::weak_ptr<const ListenerClaim>> claims_;
};

}  // namespace hale::checks
