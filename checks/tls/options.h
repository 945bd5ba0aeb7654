// How a check speaks TLS, as users write it: the keys of `[checks.NAME.tls]`, the same for every
// type, and the measurement and limits that come with them.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/check_descriptor.h"
#include "monitor/parameters.h"

namespace hale::checks::tls {

struct TlsOptions {
  bool verify = true;            // chain and name
  std::string server_name;       // for SNI and the certificate; "": the host that is connected to
  std::string ca_file;           // "": the system's
  std::string certificate_file;  // our own, "": none
  std::string key_file;          // "": the key is in certificate_file
  int minimum_version = 0x0303;  // TLS1_2_VERSION
  bool operator==(const TlsOptions&) const = default;
};

// The keys of the table. A type may append its own (`enabled`).
std::vector<monitor::KeyDescriptor> tls_keys();

// The key `tls` itself: an optional table with tls_keys() and `more`.
monitor::KeyDescriptor tls_table(std::vector<monitor::KeyDescriptor> more = {});

// `table` is the one that the key `tls` holds. The error's key begins with "tls.".
std::expected<TlsOptions, monitor::ParameterError> read_tls_options(
    const monitor::Parameters& table);

// Seconds until the first certificate of the chain expires; negative once it has. Every type that
// speaks TLS declares it; the metric, shared by all, is the point in time.
inline constexpr std::string_view kExpiresIn = "certificate_expires_in";
monitor::MeasurementDescriptor expires_in_measurement();

// warn 14d, fail 3d.
std::vector<monitor::DefaultLimit> expires_in_limits();

}  // namespace hale::checks::tls
