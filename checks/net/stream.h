// A byte stream over TCP that may change to TLS on the way, and what has arrived on it and was not
// taken yet. One for each run; the socket is closed hard when it goes. Loop thread only.
//
// Every wait ends with operation_aborted, thrown, when the run is cancelled. Whatever the peer or
// the network does is an Outcome in the phase that the run is in.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/net/connect.h"
#include "checks/tls/handles.h"
#include "checks/tls/options.h"
#include "checks/tls/verification.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

class ByteStream {
 public:
  // What may have arrived and not been taken.
  static constexpr std::size_t kMostReceived = std::size_t{64} * 1024;

  explicit ByteStream(monitor::RunContext& context);
  ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // The result of a step: nothing, or why it failed.
  using Failure = std::optional<monitor::Outcome>;

  // Resolves the host and connects to the first of its addresses that accepts. Phases resolve and
  // connect.
  monitor::Task<Failure> open(std::string host, asio::ip::port_type port);

  // Shakes hands, and judges the peer's certificate; `host` is whom it should be for unless the
  // options name somebody. Phase tls. What has arrived before must have been taken.
  monitor::Task<Failure> start_tls(tls::TlsOptions options, std::string host);

  // Waits for more and appends it to received(): fails at the end of the stream ("EOF" is the
  // outcome's code) and when received() is full ("TOO_LONG").
  monitor::Task<Failure> read_more();
  monitor::Task<Failure> write_all(std::string data);

  std::string_view received() const { return received_; }
  void take(std::size_t bytes) { received_.erase(0, bytes); }

  // After start_tls() got no further: that what came is not TLS, if so.
  Failure not_tls() const;

  bool encrypted() const { return ssl_ != nullptr; }
  // The certificate's time left, also where it was found wrong; nothing where there was none.
  std::optional<monitor::Measurement> certificate_expires_in() const;
  void report_certificate(monitor::CheckResult& result) const;
  // The peer's, its own certificate first; empty without TLS.
  std::vector<tls::CertificateFacts> chain() const;
  // "TLSv1.3, issued by CN=…"; "" without TLS.
  std::string tls_text() const;

 private:
  enum class Operation { kHandshake, kRead, kWrite };
  struct Step {
    int result = 0;  // of the call
    int error = 0;   // SSL_ERROR_…
    unsigned long reason = 0;
  };

  Step call(Operation operation, std::string& data);
  monitor::Task<Failure> run_tls(Operation operation, std::string data);
  monitor::Task<Failure> send_records();
  monitor::Task<Failure> receive_records();
  Failure tls_failure(Operation operation, const Step& step) const;
  Failure io_failure(const asio::error_code& error) const;
  Failure end_of_stream() const;
  void tell_handshake() const;

  monitor::RunContext& context_;
  Socket socket_;
  std::string received_;
  std::string tls_head_;  // the first bytes that came in after start_tls()
  bool ended_ = false;    // the peer sends no more
  std::unique_ptr<tls::Verification> verification_;
  tls::ContextPointer tls_context_;
  tls::SslPointer ssl_;  // owns the two
  BIO* incoming_ = nullptr;
  BIO* outgoing_ = nullptr;
};

// The run got no further than what it waited for: fail/timeout in the phase that it is in.
monitor::Outcome out_of_time(monitor::RunContext& context, std::string_view waited_for);

}  // namespace hale::checks
