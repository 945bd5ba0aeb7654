// Asks one NTP server for the time, over UDP. Engine thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "checks/clock/ntp_packet.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"
#include "monitor/values.h"

namespace hale::checks {

struct NtpServer {
  std::string host;
  std::uint16_t port = 123;
  std::string shown;  // as the user wrote it
};

// "time.example.org", "192.0.2.1:1123", "2001:db8::1", "[2001:db8::1]:123". An error continues a
// sentence that began with the text.
monitor::Parsed<NtpServer> parse_ntp_server(std::string_view text);

struct NtpReply {
  NtpSample sample;
  std::string peer;
};

// Up to three requests, each to the next of its addresses and with an equal share of the time until
// `give_up`: a datagram may get lost. The clock may be set meanwhile; that does no harm. The
// outcome of a failure names the server.
monitor::Task<std::expected<NtpReply, monitor::Outcome>> ask_ntp_server(
    monitor::RunContext& context, NtpServer server, monitor::TimePoint give_up);

}  // namespace hale::checks
