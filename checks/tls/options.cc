#include "checks/tls/options.h"

#include <array>
#include <iterator>
#include <utility>

#include <openssl/tls1.h>

#include "monitor/assert.h"

namespace hale::checks::tls {
namespace {

using monitor::KeyType;
using monitor::ParameterError;
using monitor::Result;

struct Version {
  std::string_view name;
  int number;
};

constexpr std::array kVersions = {Version{"1.0", TLS1_VERSION}, Version{"1.1", TLS1_1_VERSION},
                                  Version{"1.2", TLS1_2_VERSION}, Version{"1.3", TLS1_3_VERSION}};

std::vector<std::string_view> version_names() {
  std::vector<std::string_view> names;
  for (const Version& version : kVersions) {
    names.push_back(version.name);
  }
  return names;
}

int version_number(std::string_view name) {
  for (const Version& version : kVersions) {
    if (version.name == name) {
      return version.number;
    }
  }
  HALE_ASSERT(false);  // the key's choices are these
  return TLS1_2_VERSION;
}

monitor::KeyDescriptor file_key(std::string_view name, std::string_view help) {
  return {.name = name, .type = KeyType::kPath, .help = help, .default_value = std::string()};
}

}  // namespace

std::vector<monitor::KeyDescriptor> tls_keys() {
  return {
      {.name = "verify",
       .type = KeyType::kBoolean,
       .help = "Whether the certificate has to be valid, of a trusted authority, and for this "
               "host; its expiry is measured either way.",
       .default_value = true},
      {.name = "server_name",
       .type = KeyType::kString,
       .help = "The name to ask for (SNI) and to find in the certificate. Default: the host.",
       .default_value = std::string()},
      file_key("ca_file",
               "The authorities to trust instead of the system's: certificates in PEM, in a file "
               "beside the configuration or with its whole path. Read again when it changes."),
      file_key("certificate_file",
               "Our own certificate and what leads to its authority, in PEM, for a peer that asks "
               "for it."),
      file_key("key_file",
               "The private key of `certificate_file`, in PEM, not encrypted. Default: it is "
               "in the same file."),
      {.name = "minimum_version",
       .type = KeyType::kChoice,
       .help = "The lowest version of TLS to accept; below 1.2, weak keys and ciphers pass too.",
       .default_value = std::string("1.2"),
       .choices = version_names()},
  };
}

monitor::KeyDescriptor tls_table(std::vector<monitor::KeyDescriptor> more) {
  std::vector<monitor::KeyDescriptor> keys = std::move(more);
  std::vector<monitor::KeyDescriptor> shared = tls_keys();
  keys.insert(keys.end(), std::make_move_iterator(shared.begin()),
              std::make_move_iterator(shared.end()));
  return {.name = "tls",
          .type = KeyType::kTable,
          .help = "How to speak TLS with the peer.",
          .keys = std::move(keys)};
}

std::expected<TlsOptions, ParameterError> read_tls_options(const monitor::Parameters& table) {
  TlsOptions options;
  options.verify = table.boolean("verify");
  options.server_name = table.text("server_name");
  options.ca_file = table.text("ca_file");
  options.certificate_file = table.text("certificate_file");
  options.key_file = table.text("key_file");
  options.minimum_version = version_number(table.text("minimum_version"));
  if (!options.key_file.empty() && options.certificate_file.empty()) {
    return std::unexpected(ParameterError{
        .key = "tls.key_file", .message = "a key needs its certificate (add `certificate_file`)"});
  }
  return options;
}

monitor::MeasurementDescriptor expires_in_measurement() {
  return {.name = kExpiresIn,
          .metric = "tls_certificate_not_after_timestamp_seconds",
          .unit = monitor::Unit::kSeconds,
          .bad = monitor::Bad::kLow,
          .is_remaining = true,
          .help = "When the first certificate of the chain expires."};
}

std::vector<monitor::DefaultLimit> expires_in_limits() {
  return {{.severity = Result::kWarn, .measurement = kExpiresIn, .text = "14d"},
          {.severity = Result::kFail, .measurement = kExpiresIn, .text = "3d"}};
}

}  // namespace hale::checks::tls
