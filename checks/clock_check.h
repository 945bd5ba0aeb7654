// Check type `clock`: whether the clock is right, by NTP servers that it asks itself, or, without
// any, by what chronyd and the kernel know.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/udp.hpp>

#include "checks/clock/chrony_tracking.h"
#include "checks/clock/ntp_query.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& clock_descriptor();

using ServerReply = std::expected<NtpReply, monitor::Outcome>;

struct ClockOptions {
  std::vector<NtpServer> servers = {};
  std::size_t min_servers = 1;
  std::optional<asio::ip::udp::endpoint> chrony = std::nullopt;  // where chronyd answers
};

class ClockCheck final : public monitor::Check {
 public:
  explicit ClockCheck(ClockOptions options);

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  // A server that sent a kiss is left alone for a while; it goes on counting as what it said.
  struct Server {
    NtpServer address;
    std::optional<monitor::Outcome> kiss;
    monitor::TimePoint kiss_ends;
  };

  monitor::Task<std::vector<ServerReply>> ask_all(monitor::RunContext& context);
  monitor::Task<std::optional<ChronyTracking>> ask_chrony(monitor::RunContext& context) const;

  std::vector<Server> servers_;
  std::size_t min_servers_;
  std::optional<asio::ip::udp::endpoint> chrony_;
};

// The result of what the servers said: the median, so that of three or more a single one that lies
// does not matter; of an even number, the one of the middle two with the smaller root distance. At
// least one reply. Pure.
monitor::CheckResult server_clock_result(const std::vector<ServerReply>& replies,
                                         std::size_t min_servers);

}  // namespace hale::checks
