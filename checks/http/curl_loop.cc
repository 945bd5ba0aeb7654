#include "checks/http/curl_loop.h"

#include <new>
#include <unordered_map>
#include <utility>

#include <asio/error.hpp>

#include "checks/http/received_bytes.h"
#include "monitor/assert.h"

namespace hale::checks::http {

// A socket that libcurl uses and Asio watches. Waits that are under way share it, so that it
// outlives its removal from the table; `closed` tells them that they came too late.
struct CurlLoop::Connection {
  Connection(Socket connected, CurlTransfer* owner)
      : socket(std::move(connected)), fd(socket.native_handle()), transfer(owner) {}
  Socket socket;
  curl_socket_t fd;
  CurlTransfer* transfer;  // null once that is gone
  bool wants_read = false;
  bool wants_write = false;
  bool reading = false;  // a wait is under way
  bool writing = false;
  bool closed = false;
};

// Lives as long as a transfer or a wait needs it. libcurl is entered from drive(), from a wait that
// ended and from the alarm, never from one of its own callbacks; whoever is told of an end is
// resumed later by the loop.
class CurlLoop::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(monitor::Services& services)
      : services_(services),
        alarm_(services.clock.make_alarm([this] { drive(CURL_SOCKET_TIMEOUT, 0); })) {
    HALE_ASSERT(::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    multi_ = ::curl_multi_init();
    if (multi_ == nullptr) {
      throw std::bad_alloc();
    }
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &State::on_timer);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
  }
  ~State() {
    ::curl_multi_cleanup(multi_);
    ::curl_global_cleanup();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  monitor::Services& services() { return services_; }

  bool add(CurlTransfer& transfer) {
    if (::curl_multi_add_handle(multi_, transfer.easy_) != CURLM_OK) {
      return false;
    }
    transfer.added_ = true;
    drive(CURL_SOCKET_TIMEOUT, 0);
    return true;
  }

  void remove(CurlTransfer& transfer) {
    if (std::exchange(transfer.added_, false)) {
      ::curl_multi_remove_handle(multi_, transfer.easy_);
    }
    const auto found = connections_.find(transfer.fd_);
    if (found != connections_.end() && found->second->transfer == &transfer) {
      found->second->transfer = nullptr;
    }
  }

  curl_socket_t open(CurlTransfer& transfer) {
    if (!transfer.socket_.is_open()) {
      return CURL_SOCKET_BAD;  // one transfer, one connection
    }
    auto connection = std::make_shared<Connection>(std::move(transfer.socket_), &transfer);
    const curl_socket_t fd = connection->fd;
    transfer.fd_ = fd;
    connections_.insert_or_assign(fd, std::move(connection));
    return fd;
  }

  static int on_close(void* self, curl_socket_t fd) {
    auto& connections = static_cast<State*>(self)->connections_;
    const auto found = connections.find(fd);
    if (found == connections.end()) {
      return 0;
    }
    const std::shared_ptr<Connection> connection = found->second;
    connections.erase(found);
    connection->closed = true;
    if (connection->transfer != nullptr && connection->transfer->counts_received_) {
      connection->transfer->received_ = received_bytes(fd);
    }
    asio::error_code ignored;
    connection->socket.close(ignored);
    return 0;
  }

 private:
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    State& state = *static_cast<State*>(self);
    const auto found = state.connections_.find(fd);
    if (found == state.connections_.end()) {
      return 0;
    }
    Connection& connection = *found->second;
    connection.wants_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    connection.wants_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    if (connection.transfer != nullptr && what != CURL_POLL_REMOVE) {
      connection.transfer->only_reads_ = what == CURL_POLL_IN;
    }
    state.watch(found->second);
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) {
    State& state = *static_cast<State*>(self);
    state.due_ = timeout_ms == 0;
    if (timeout_ms > 0) {
      state.alarm_->arm(state.services_.clock.now() + std::chrono::milliseconds(timeout_ms));
    } else {
      state.alarm_->disarm();
    }
    return 0;
  }

  // Waits for what libcurl wants of the socket and what nobody waits for yet.
  void watch(const std::shared_ptr<Connection>& connection) {
    if (connection->wants_read && !connection->reading) {
      connection->reading = true;
      wait(connection, Socket::wait_read, CURL_CSELECT_IN);
    }
    if (connection->wants_write && !connection->writing) {
      connection->writing = true;
      wait(connection, Socket::wait_write, CURL_CSELECT_OUT);
    }
  }

  void wait(const std::shared_ptr<Connection>& connection, Socket::wait_type type, int event) {
    auto ready = [connection, event, weak = weak_from_this()](const asio::error_code& error) {
      (event == CURL_CSELECT_IN ? connection->reading : connection->writing) = false;
      const std::shared_ptr<State> state = weak.lock();
      if (!state || connection->closed || error == asio::error::operation_aborted) {
        return;
      }
      const bool wanted =
          event == CURL_CSELECT_IN ? connection->wants_read : connection->wants_write;
      if (wanted) {
        state->drive(connection->fd, error ? int{CURL_CSELECT_ERR} : event);
      }
      if (!connection->closed) {
        state->watch(connection);
      }
    };
    connection->socket.async_wait(type, std::move(ready));
  }

  // Lets libcurl work, and then on what it wants to do at once. Some rounds only: what is still due
  // then waits for its turn among the loop's other work.
  void drive(curl_socket_t fd, int events) {
    constexpr int kRounds = 8;
    due_ = false;
    int running = 0;
    ::curl_multi_socket_action(multi_, fd, events, &running);
    for (int round = 0; due_ && round < kRounds; ++round) {
      due_ = false;
      ::curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    if (due_) {
      alarm_->arm(services_.clock.now());
    }
    report(fd);
  }

  void report(curl_socket_t fd) {
    if (const auto found = connections_.find(fd);
        found != connections_.end() && found->second->transfer != nullptr) {
      found->second->transfer->on_progress_();
    }
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) {
        continue;
      }
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;  // read before the handle goes
      void* owner = nullptr;
      ::curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
      auto& transfer = *static_cast<CurlTransfer*>(owner);
      remove(transfer);
      transfer.code_ = code;
      transfer.done_.wake();
    }
  }

  monitor::Services& services_;
  std::unique_ptr<monitor::Alarm> alarm_;
  CURLM* multi_ = nullptr;
  std::unordered_map<curl_socket_t, std::shared_ptr<Connection>> connections_;
  bool due_ = false;  // libcurl wants to be called without waiting
};

CurlLoop::CurlLoop(monitor::Services& services) : state_(std::make_shared<State>(services)) {}

CurlLoop::~CurlLoop() = default;

CurlTransfer::CurlTransfer(CurlLoop& loop, Socket connected, std::function<void()> on_progress)
    : state_(loop.state_),
      easy_(::curl_easy_init()),
      socket_(std::move(connected)),
      on_progress_(std::move(on_progress)),
      done_(state_->services().executor, state_->services().clock) {
  if (easy_ == nullptr) {
    throw std::bad_alloc();
  }
  ::curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  ::curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open);
  ::curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  ::curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &CurlTransfer::on_opened);
  ::curl_easy_setopt(easy_, CURLOPT_SOCKOPTDATA, this);
  ::curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::State::on_close);
  ::curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETDATA, state_.get());
  ::curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  ::curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  ::curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
}

CurlTransfer::~CurlTransfer() {
  state_->remove(*this);
  ::curl_easy_cleanup(easy_);
}

monitor::Task<CurlTransfer::Ended> CurlTransfer::perform(monitor::TimePoint until) {
  if (!state_->add(*this)) {
    code_ = CURLE_FAILED_INIT;
    co_return Ended::kDone;
  }
  on_progress_();
  const auto ended = co_await done_.wait_until(until);
  if (ended == monitor::WaitPoint::Ended::kWoken) {
    co_return Ended::kDone;
  }
  on_progress_();
  state_->remove(*this);
  co_return ended == monitor::WaitPoint::Ended::kTime ? Ended::kTime : Ended::kCancelled;
}

curl_socket_t CurlTransfer::on_open(void* transfer, curlsocktype purpose, curl_sockaddr*) {
  auto& self = *static_cast<CurlTransfer*>(transfer);
  return purpose == CURLSOCKTYPE_IPCXN ? self.state_->open(self) : CURL_SOCKET_BAD;
}

int CurlTransfer::on_opened(void*, curl_socket_t, curlsocktype) {
  return CURL_SOCKOPT_ALREADY_CONNECTED;
}

}  // namespace hale::checks::http
