// A question to a DNS server and what becomes of it; asking over UDP (RFC 1035 section 4.2.1).
// Engine thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include <asio/ip/address.hpp>

#include "checks/dns/message.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks::dns {

enum class Transport : std::uint8_t { kUdp, kTcp, kTls };

struct Query {
  std::vector<std::uint8_t> name;  // as encode_name makes it
  Question question;
  QueryOptions options;
  int tries = 1;  // datagrams sent, at equal distances, until one is answered
};

struct Reply {
  Message message;
  std::size_t bytes = 0;
  bool fell_back = false;  // the answer over UDP was cut off, and asked for again over TCP
};

using ReplyOrFailure = std::expected<Reply, monitor::Outcome>;

// Datagrams that do not answer this question are passed over, as forgeries and late answers are,
// but told of when nothing else comes. A truncated answer is asked for again over TCP.
monitor::Task<ReplyOrFailure> ask_udp(monitor::RunContext& context, Query query,
                                      asio::ip::address server, std::uint16_t port,
                                      monitor::TimePoint give_up);

}  // namespace hale::checks::dns
