// Check type `tcp`: can a connection be made, and, where asked for, does what answers there speak
// TLS and say what it should?
#pragma once

#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>

#include "checks/net/dialogue.h"
#include "checks/tls/options.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& tcp_descriptor();

class TcpCheck final : public monitor::Check {
 public:
  TcpCheck(std::string host, asio::ip::port_type port);
  // Takes the steps after connecting. TLS, where one of them begins it, is as `options` say.
  TcpCheck(std::string host, asio::ip::port_type port, Dialogue steps, tls::TlsOptions options);

  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<monitor::CheckResult> run_address(monitor::RunContext& context,
                                                  asio::ip::tcp::endpoint endpoint,
                                                  std::string peer) const;
  monitor::Task<monitor::CheckResult> run_name(monitor::RunContext& context) const;
  monitor::Task<monitor::CheckResult> run_steps(monitor::RunContext& context) const;

  std::string host_;
  asio::ip::port_type port_;
  std::optional<asio::ip::tcp::endpoint> endpoint_;  // where the host is an address
  std::string target_;  // where the host is an address, also the text of the peer
  Dialogue steps_;      // empty: connecting is all
  tls::TlsOptions options_;
};

}  // namespace hale::checks
