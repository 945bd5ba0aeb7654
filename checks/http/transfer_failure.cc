#include "checks/http/transfer_failure.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include "checks/excerpt.h"
#include "checks/net/connect.h"
#include "monitor/format.h"

namespace hale::checks::http {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

// libcurl's words, where ours leave something open.
std::string in_brackets(const TransferEnd& end) {
  return end.detail.empty() ? "" : " (" + escaped(end.detail, 160) + ")";
}

std::string so_far(const TransferEnd& end) {
  switch (end.phase) {
    case Phase::kTls:
      return "in the middle of the TLS handshake";
    case Phase::kSend:
      return "while the request was sent";
    case Phase::kTransfer:
      return "after " + monitor::format_bytes(static_cast<double>(end.size)) + " of the body";
    default:
      return "without an answer";
  }
}

Outcome protocol(const TransferEnd& end, std::string message) {
  return Outcome::fail(Reason::kProtocol, end.phase, std::move(message));
}

// What it says instead may be here before the request was sent: a banner, say.
Outcome no_http(TransferEnd end) {
  end.phase = end.phase == Phase::kSend ? Phase::kFirstByte : end.phase;
  return protocol(end, "the peer does not speak HTTP" + in_brackets(end));
}

Outcome tls(const TransferEnd& end) {
  return Outcome::fail(Reason::kTls, end.phase, "no TLS connection" + in_brackets(end));
}

Outcome closed(const TransferEnd& end) {
  return Outcome::fail(Reason::kReset, end.phase, "the connection was closed " + so_far(end));
}

Outcome broken_off(const TransferEnd& end) {
  if (end.connect_status != 0 && (end.connect_status < 200 || end.connect_status > 299)) {
    const std::string code = std::to_string(end.connect_status);
    const Reason reason = end.connect_status == 407 ? Reason::kAuth : Reason::kUnreachable;
    return Outcome::fail(reason, Phase::kConnect, "the proxy answered " + code + " to CONNECT",
                         code);
  }
  if (end.system_error != 0) {
    Outcome outcome = connect_failure({end.system_error, asio::system_category()});
    outcome.phase = end.phase;
    outcome.message += " " + so_far(end);
    return outcome;
  }
  if (end.secure && end.detail.contains("SSL")) {
    return end.detail.contains("eof") ? closed(end) : tls(end);
  }
  return protocol(end, "the answer is not well-formed HTTP" + in_brackets(end));
}

Outcome tls_handshake(const TransferEnd& end) {
  if (end.system_error != 0 || end.detail.contains("SSL_ERROR_SYSCALL")) {
    return end.system_error != 0 ? broken_off(end) : closed(end);
  }
  return tls(end);
}

// libcurl's codes for a peer that does not take part in HTTP/2 are many: it says something else,
// drops the connection, or both.
bool no_part_in_http2(const TransferEnd& end) {
  if (!end.http2 || end.has_status) {
    return false;
  }
  switch (end.code) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

Outcome without_http2(TransferEnd end) {
  if (end.received > 1) {  // more than the end of the stream
    return protocol(end, "the peer does not answer in HTTP/2" + in_brackets(end));
  }
  end.phase = Phase::kFirstByte;
  return end.system_error != 0 ? broken_off(end) : closed(end);
}

Outcome too_large(const TransferEnd& end) {
  if (end.head_too_large) {
    return protocol(end, "the head of the answer is too large");
  }
  return protocol(
      end, "the body is larger than " + monitor::format_bytes(static_cast<double>(end.max_size)));
}

}  // namespace

Outcome transfer_failure(const TransferEnd& end) {
  if (end.head_too_large || end.body_too_large) {
    return too_large(end);
  }
  if (no_part_in_http2(end)) {
    return without_http2(end);
  }
  switch (end.code) {
    case CURLE_GOT_NOTHING:
      return closed(end);
    // The socket was connected before libcurl had it: the peer has dropped the connection since.
    case CURLE_COULDNT_CONNECT:
      return end.system_error != 0 ? broken_off(end) : closed(end);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return broken_off(end);
    case CURLE_PARTIAL_FILE:
      return protocol(end, "the body was cut short" + in_brackets(end));
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return no_http(end);
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return protocol(end, "the peer broke the rules of HTTP/2" + in_brackets(end));
    case CURLE_BAD_CONTENT_ENCODING:
      return protocol(end, "the body cannot be unpacked" + in_brackets(end));
    case CURLE_SSL_CONNECT_ERROR:
      return tls_handshake(end);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return Outcome::fail(Reason::kCertificate, Phase::kTls,
                           "the certificate is not trusted" + in_brackets(end));
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_USE_SSL_FAILED:
      return tls(end);
    case CURLE_PROXY:
      return Outcome::fail(Reason::kUnreachable, Phase::kConnect,
                           "the proxy does not connect" + in_brackets(end));
    case CURLE_OUT_OF_MEMORY:
      return Outcome::unknown(Reason::kAgent, end.phase, "the agent has no memory left");
    default:
      break;
  }
  return Outcome::unknown(
      Reason::kInternal, end.phase,
      std::string("libcurl: ") + ::curl_easy_strerror(end.code) + in_brackets(end));
}

}  // namespace hale::checks::http
