// One request and its answer over one connection of its own, by libcurl. Engine thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "checks/http/answer.h"
#include "checks/http/curl_loop.h"
#include "checks/http/open_connection.h"
#include "checks/http/progress.h"
#include "checks/http/redirect.h"
#include "checks/tls/materials.h"
#include "monitor/check_result.h"

namespace hale::checks::http {

enum class Version : std::uint8_t {
  kAny,  // HTTP/2 where TLS and the server offer it, else HTTP/1.1
  k10,
  k11,
  k2,  // negotiated with TLS, without TLS by prior knowledge (RFC 9113, sections 3.2 and 3.3)
};

struct Proxy {
  std::string scheme;  // "http" or "socks5h"; the proxy resolves the names
  std::string host;
  std::uint16_t port = 0;
  std::string user;
  std::string password;
};

struct ExchangeOptions {
  Version version = Version::kAny;
  bool compressed = false;           // asks for packed bodies and unpacks them
  bool keep_body = false;            // else only its head is kept
  std::uint64_t max_size = 1 << 20;  // of the unpacked body
  std::optional<Proxy> proxy;        // `connected` leads there
  tls::TlsOptions tls;
  std::shared_ptr<const tls::TlsMaterial> material;  // for `tls`; null: no TLS
};

struct Exchange {
  Answer answer;
  std::optional<monitor::Outcome> failure;         // there was no whole answer
  std::optional<monitor::Measurement> expires_in;  // the certificates, where there were any
};

// The request's head is at most a few kB, its body is sent as it is. Ends at `until` or when
// cancelled with the failure `timeout`, in the phase that it was in.
monitor::Task<Exchange> exchange(Progress& progress, Request request, ExchangeOptions options,
                                 Connected connected, monitor::TimePoint until);

}  // namespace hale::checks::http
