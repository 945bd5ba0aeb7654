// Asking one DNS server one question over TCP (RFC 7766), or over TLS (RFC 7858). Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <asio/ip/address.hpp>

#include "checks/dns/query.h"
#include "checks/tls/options.h"

namespace hale::checks::dns {

// The certificate has to be for `host`, unless the options name somebody.
struct Secured {
  tls::TlsOptions options;
  std::string host;
};

struct StreamServer {
  asio::ip::address address;
  std::uint16_t port = 0;
  std::optional<Secured> secured = std::nullopt;  // else plain TCP
};

struct StreamReply {
  ReplyOrFailure reply;
  // Of certificate_expires_in, also where the certificate was found wrong.
  std::optional<monitor::Measurement> expires_in = std::nullopt;
};

// Cancellation is thrown.
monitor::Task<StreamReply> ask_stream(monitor::RunContext& context, Query query,
                                      StreamServer server, monitor::TimePoint give_up);

}  // namespace hale::checks::dns
