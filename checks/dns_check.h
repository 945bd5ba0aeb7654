// Check type `dns`: does a name server answer a question, and is the answer the expected one?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checks/dns/expectation.h"
#include "checks/dns/query.h"
#include "checks/dns/stream_query.h"
#include "checks/net/family.h"
#include "checks/tls/options.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& dns_descriptor();

struct DnsSettings {
  dns::Query query;
  dns::Expectation expected;
  std::vector<std::string> servers;  // hosts; empty: the system's first name server
  bool as_items = false;             // `servers` was given: each is an item
  bool same_serial = true;           // an SOA serial behind another server's is a warning
  std::uint16_t port = 53;
  dns::Transport transport = dns::Transport::kUdp;
  tls::TlsOptions tls_options;  // of kTls
  Family family = Family::kAny;
  std::string resolv_conf = "/etc/resolv.conf";
};

class DnsCheck final : public monitor::Check {
 public:
  explicit DnsCheck(DnsSettings settings);

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  // What one server had to say.
  struct Look {
    monitor::ItemResult item;
    std::optional<std::uint32_t> serial;
    std::string excerpt;
  };

  monitor::Task<Look> look(monitor::RunContext& context, std::string server,
                           monitor::TimePoint give_up) const;
  monitor::Task<Look> look_beside_others(monitor::RunContext& context, std::string server,
                                         monitor::TimePoint give_up) const;
  monitor::Task<dns::StreamReply> ask(monitor::RunContext& context, std::string server,
                                      asio::ip::address address, monitor::TimePoint give_up) const;
  monitor::Task<monitor::CheckResult> ask_all(monitor::RunContext& context) const;
  void compare_serials(std::vector<Look>& looks) const;

  DnsSettings settings_;
};

}  // namespace hale::checks
