// libcurl's multi interface on the agent's loop: one multi handle for all checks
// (shared<CurlLoop>), its sockets watched by Asio, its timer one of the Clock's alarms. Engine
// thread only.
//
// libcurl neither resolves nor connects here: a transfer brings along a socket that is connected
// already, and libcurl speaks TLS and HTTP on it. Each transfer has its own connection, which is
// closed with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <curl/curl.h>

#include "checks/net/connect.h"
#include "monitor/run_context.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::checks::http {

class CurlTransfer;

class CurlLoop {
 public:
  explicit CurlLoop(monitor::Services& services);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

 private:
  friend class CurlTransfer;
  class State;
  struct Connection;
  std::shared_ptr<State> state_;
};

// One request and its answer. The caller sets libcurl's options on easy() before perform(), all but
// those of sockets. When a transfer is destroyed, in whatever state, libcurl has let go of it
// and its connection is closed: the callbacks that the caller set are not called any more.
class CurlTransfer {
 public:
  enum class Ended { kDone, kTime, kCancelled };

  // `on_progress` is called after libcurl did something that was not the end; it may ask easy() for
  // its times. It must not throw.
  CurlTransfer(CurlLoop& loop, Socket connected, std::function<void()> on_progress);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* easy() { return easy_; }

  // Once. kDone: code() tells how it ended; kTime: `until` came first; kCancelled: the coroutine
  // was cancelled. In all three cases libcurl has let go of the transfer, and easy() may still be
  // asked.
  monitor::Task<Ended> perform(monitor::TimePoint until);
  CURLcode code() const { return code_; }

  // What the peer had sent when the connection was closed; 0 unless count_received() was called.
  void count_received() { counts_received_ = true; }
  std::uint64_t received() const { return received_; }

  // Whether libcurl has nothing left to send and waits for the peer.
  bool only_reads() const { return only_reads_; }

 private:
  friend class CurlLoop;

  static curl_socket_t on_open(void* transfer, curlsocktype purpose, curl_sockaddr* address);
  static int on_opened(void* transfer, curl_socket_t socket, curlsocktype purpose);

  std::shared_ptr<CurlLoop::State> state_;
  CURL* easy_;
  Socket socket_;  // until libcurl asks for it
  std::function<void()> on_progress_;
  monitor::WaitPoint done_;
  CURLcode code_ = CURLE_OK;
  curl_socket_t fd_ = CURL_SOCKET_BAD;  // what libcurl was given
  std::uint64_t received_ = 0;
  bool counts_received_ = false;
  bool added_ = false;
  bool only_reads_ = false;
};

}  // namespace hale::checks::http
