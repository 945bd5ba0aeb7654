// Check type `tls`: certificates, in files or as a port shows them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/net/dialogue.h"
#include "checks/tls/options.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& tls_descriptor();

// Files, each an item.
class CertificateFilesCheck final : public monitor::Check {
 public:
  struct Options {
    std::vector<std::string> files;  // paths and globs
    std::string key_file;            // of the one file; "": none
    std::string password;
  };

  explicit CertificateFilesCheck(Options options) : options_(std::move(options)) {}

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  Options options_;
};

// A port.
class TlsPortCheck final : public monitor::Check {
 public:
  TlsPortCheck(std::string host, asio::ip::port_type port, Dialogue steps, tls::TlsOptions options);

  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  std::string host_;
  asio::ip::port_type port_;
  std::string target_;
  Dialogue steps_;
  tls::TlsOptions options_;
};

}  // namespace hale::checks
