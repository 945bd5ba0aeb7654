// Check type `icmp`: do echo requests come back, how many, and how fast?
#pragma once

#include <cstddef>
#include <string>

#include "checks/icmp/socket.h"
#include "checks/net/family.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& icmp_descriptor();

struct IcmpSettings {
  std::string host;
  Family family = Family::kAny;
  int count = 3;
  monitor::Duration spacing = std::chrono::milliseconds(200);
  monitor::Duration wait = std::chrono::seconds(1);  // for a reply, from its packet's sending on
  std::size_t size = 56;                             // of the payload, in bytes
  icmp::SocketOptions socket;
};

class IcmpCheck final : public monitor::Check {
 public:
  explicit IcmpCheck(IcmpSettings settings) : settings_(std::move(settings)) {}

  std::string target() const override { return settings_.host; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  IcmpSettings settings_;
};

}  // namespace hale::checks
