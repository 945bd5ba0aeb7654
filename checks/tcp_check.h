// Check type `tcp`: can a connection be made?
#pragma once

#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>

#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& tcp_descriptor();

class TcpCheck final : public monitor::Check {
 public:
  TcpCheck(std::string host, asio::ip::port_type port);

  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<monitor::CheckResult> run_address(monitor::RunContext& context,
                                                  asio::ip::tcp::endpoint endpoint,
                                                  std::string peer) const;
  monitor::Task<monitor::CheckResult> run_name(monitor::RunContext& context) const;

  std::string host_;
  asio::ip::port_type port_;
  std::optional<asio::ip::tcp::endpoint> endpoint_;  // where the host is an address
  std::string target_;  // where the host is an address, also the text of the peer
};

}  // namespace hale::checks
