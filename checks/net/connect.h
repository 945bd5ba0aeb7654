// Connecting a TCP socket, and what an error there means. The path that ten thousand checks a
// second take: one socket, one asynchronous connect, nothing else. Engine thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <asio/error_code.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>

#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

using Socket = asio::basic_stream_socket<asio::ip::tcp, monitor::Executor>;

// "127.0.0.1:5432", "[::1]:5432"
std::string endpoint_text(const asio::ip::tcp::endpoint& endpoint);

// Makes a socket that children do not inherit, and connects it. The error is returned, not thrown;
// operation_aborted when cancelled. A connection of the socket to itself is `connection_refused`:
// when nobody listens on a port of this host, the kernel may choose that very port as the
// connection's own, and the connect succeeds.
monitor::Task<asio::error_code> connect(Socket& socket, asio::ip::tcp::endpoint endpoint);

// The outcome of a connect that ended with this error. `prefix` begins the message ("[::1]:80: ")
// and may be empty. Pure.
monitor::Outcome connect_failure(const asio::error_code& error, std::string_view prefix = "");

// Nothing came back within `patience`.
monitor::Outcome connect_timeout(monitor::Duration patience, std::string_view prefix = "");

// One outcome of several addresses that all failed: the most telling one's result, reason and code,
// and what happened to each in the message. At least one. Pure.
monitor::Outcome merge_failures(std::vector<monitor::Outcome> failures);

// Tries the addresses in order until one accepts, and leaves its connection in `socket`. Each may
// take an equal share of the time that is left, so that one that swallows packets does not cost the
// next one its turn.
monitor::Task<monitor::Outcome> connect_first(monitor::RunContext& context,
                                              std::vector<asio::ip::address> addresses,
                                              asio::ip::port_type port, Socket& socket);

}  // namespace hale::checks
