#include "exporters/http/status_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "exporters/http/acceptor.h"
#include "exporters/http/api.h"
#include "exporters/http/message.h"
#include "exporters/http/restinio.h"
#include "monitor/runtime/background_thread.h"

namespace hale::exporters {
namespace {

// Called by RESTinio for every complete request.
struct RequestHandler {
  std::function<void(const restinio::request_handle_t&)> on_request;

  restinio::request_handling_status_t operator()(restinio::request_handle_t request) const {
    on_request(request);
    return restinio::request_accepted();
  }
};

using Traits = restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                  RequestHandler, restinio::noop_strand_t, CountedSocket>;
using Connection = restinio::impl::connection_t<Traits>;
using ConnectionSettings = restinio::impl::connection_settings_t<Traits>;

std::string reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

// Best effort: the connection is closed whether the client hears why or not.
void refuse(int fd) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 20\r\n"
      "Cache-Control: no-store\r\n"
      "Retry-After: 1\r\n"
      "Connection: close\r\n"
      "\r\n"
      "too many connections";
  static_cast<void>(send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  close(fd);
}

}  // namespace

class StatusServer::Loop {
 public:
  Loop(ServerOptions options, const monitor::Board& board, const monitor::Clock& clock,
       Commands& commands, monitor::Operations& operations)
      : options_(std::move(options)),
        api_({.board = board,
              .clock = clock,
              .commands = commands,
              .operations = operations,
              .http_stats = [this] { return stats(); },
              .configuration = std::move(options_.configuration),
              .metrics = options_.metrics}),
        settings_(make_settings()),
        drain_(loop_) {
    inbox_->loop = &loop_;
  }

  ~Loop() {
    stop();
    const std::lock_guard lock(inbox_->mutex);
    inbox_->loop = nullptr;
  }

  void start();
  void stop();

  HttpStats stats() const {
    return {.requests = requests_.load(std::memory_order_relaxed),
            .connections = connections_.load(std::memory_order_relaxed),
            .refused = refused_.load(std::memory_order_relaxed)};
  }

 private:
  // Where the engine's replies come in, for as long as there is a loop to take them.
  struct Inbox {
    std::mutex mutex;
    asio::io_context* loop = nullptr;  // guarded by mutex
  };

  // A request that waits for the engine.
  struct Waiting {
    restinio::request_handle_t request;
    std::function<Response(const Deferred::Result&)> finish;
    asio::steady_timer deadline;
  };

  std::shared_ptr<ConnectionSettings> make_settings();
  void run();
  void admit(int fd);
  void on_request(const restinio::request_handle_t& request);
  void defer(const restinio::request_handle_t& request, Deferred deferred);
  void on_reply(std::uint64_t id, const Deferred::Result& result);
  void give_up(std::uint64_t id, const ApiError& error);
  void send_response(const restinio::request_handle_t& request, const Response& response);
  const std::string& date();
  void begin_stop();
  void log(std::string_view message) const {
    if (options_.log) {
      options_.log(message);
    }
  }

  ServerOptions options_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // From here on the HTTP thread's only, while it runs. The loop goes after all that uses it.
  Api api_;
  asio::io_context loop_{1};
  std::shared_ptr<ConnectionSettings> settings_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  asio::steady_timer drain_;
  std::uint64_t next_connection_ = 1;
  std::uint64_t next_wait_ = 1;
  std::time_t date_time_ = 0;
  std::string date_;
  bool stopping_ = false;

  std::thread thread_;
};

std::shared_ptr<ConnectionSettings> StatusServer::Loop::make_settings() {
  // Somewhat above the API's own limits, which have proper answers: beyond these the connection is
  // closed. http_parser itself ends a header of 80 kB.
  constexpr std::size_t kMaxHeaderFields = 100;
  constexpr std::size_t kMaxFieldName = 256;
  constexpr std::size_t kMaxFieldValue = 8 * 1024;
  constexpr std::size_t kAbove = 16 * 1024;
  restinio::server_settings_t<Traits> settings;
  settings.read_next_http_message_timelimit(options_.limits.client_timeout)
      .write_http_response_timelimit(options_.limits.client_timeout)
      // Our own deadlines come first: this one only backs them up.
      .handle_request_timeout(std::chrono::minutes(10))
      .max_pipelined_requests(1)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(Api::kMaxTargetSize + kAbove)
                                    .max_field_count(kMaxHeaderFields)
                                    .max_field_name_size(kMaxFieldName)
                                    .max_field_value_size(kMaxFieldValue)
                                    .max_body_size(Api::kMaxBodySize + kAbove))
      .request_handler(RequestHandler{
          [this](const restinio::request_handle_t& request) { on_request(request); }});
  // How often each connection looks whether it is overdue.
  const auto period = std::clamp(options_.limits.client_timeout / 4, std::chrono::milliseconds(10),
                                 std::chrono::milliseconds(1000));
  return std::make_shared<ConnectionSettings>(
      settings, restinio::impl::create_parser_settings<typename Traits::http_methods_mapper_t>(),
      std::make_shared<restinio::asio_timer_manager_t>(loop_, period));
}

void StatusServer::Loop::start() {
  for (monitor::ListeningSocket& socket : options_.sockets) {
    acceptors_.push_back(std::make_unique<Acceptor>(
        loop_, std::move(socket), [this](int fd) { admit(fd); },
        [this](std::string_view message) { log(message); }));
    acceptors_.back()->start();
  }
  options_.sockets.clear();
  thread_ = std::thread([this] { run(); });
}

void StatusServer::Loop::run() {
  constexpr int kNiceness = 5;
  monitor::begin_background_thread("hale-http", kNiceness);
  const auto work = asio::make_work_guard(loop_);
  while (!loop_.stopped()) {
    try {
      loop_.run();
    } catch (const std::exception& error) {
      log(std::string("unexpected: ") + error.what());
    }
  }
}

void StatusServer::Loop::stop() {
  if (!thread_.joinable()) {
    return;
  }
  asio::post(loop_, [this] { begin_stop(); });
  thread_.join();
}

void StatusServer::Loop::begin_stop() {
  stopping_ = true;
  acceptors_.clear();
  while (!waiting_.empty()) {
    give_up(waiting_.begin()->first, {503, "stopping", "the agent is stopping"});
  }
  if (connections_.load(std::memory_order_relaxed) == 0) {
    loop_.stop();
    return;
  }
  // For what is being sent right now.
  drain_.expires_after(std::chrono::milliseconds(100));
  drain_.async_wait([this](const asio::error_code&) { loop_.stop(); });
}

void StatusServer::Loop::admit(int fd) {
  if (connections_.load(std::memory_order_relaxed) >= options_.limits.max_connections) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    refuse(fd);
    return;
  }
  CountedSocket socket(loop_, connections_);
  asio::error_code error;
  socket.assign(asio::ip::tcp::v4(), fd, error);
  if (error) {
    close(fd);
    return;
  }
  using Monitor = restinio::connection_count_limit_types<Traits>::lifetime_monitor_t;
  const auto connection = std::make_shared<Connection>(
      next_connection_++, std::move(socket), settings_, restinio::endpoint_t(), Monitor(nullptr));
  connection->init();
}

void StatusServer::Loop::on_request(const restinio::request_handle_t& request) {
  const restinio::http_request_header_t& header = request->header();
  const auto method = header.method();
  const auto value_of = [&header](restinio::http_field_t field) {
    const auto value = header.opt_value_of(field);
    return value ? std::string_view(value->data(), value->size()) : std::string_view();
  };
  std::optional<Reply> reply;
  try {
    reply = api_.handle({.method = method.c_str(),
                         .target = header.request_target(),
                         .content_type = value_of(restinio::http_field_t::content_type),
                         .accept = value_of(restinio::http_field_t::accept),
                         .accept_encoding = value_of(restinio::http_field_t::accept_encoding),
                         .authorization = value_of(restinio::http_field_t::authorization),
                         .body = request->body()});
    if (auto* deferred = std::get_if<Deferred>(&*reply)) {
      defer(request, std::move(*deferred));
      return;
    }
  } catch (const std::exception& error) {
    log("cannot answer " + header.request_target() + ": " + error.what());
    reply = error_response({500, "internal", "the agent failed to answer this; see its log"});
  }
  // Never from within this call: RESTinio 0.6.16 then reads on both at once and after the answer
  // was sent, which garbles pipelined requests.
  asio::post(loop_, [this, request, response = std::get<Response>(std::move(*reply))] {
    send_response(request, response);
  });
}

void StatusServer::Loop::defer(const restinio::request_handle_t& request, Deferred deferred) {
  const std::uint64_t id = next_wait_++;
  Waiting& waiting = waiting_
                         .emplace(id, Waiting{.request = request,
                                              .finish = std::move(deferred.finish),
                                              .deadline = asio::steady_timer(loop_)})
                         .first->second;
  waiting.deadline.expires_after(std::min(deferred.patience, options_.limits.max_patience));
  waiting.deadline.async_wait([this, id](const asio::error_code& error) {
    if (!error) {
      give_up(id, {504, "timeout",
                   "no answer from the engine in time; the command may still take effect"});
    }
  });
  try {
    deferred.start([this, id, inbox = inbox_](Deferred::Result result) {
      const std::lock_guard lock(inbox->mutex);
      if (inbox->loop != nullptr) {
        asio::post(*inbox->loop, [this, id, result = std::move(result)] { on_reply(id, result); });
      }
    });
  } catch (...) {
    waiting_.erase(id);
    throw;
  }
}

void StatusServer::Loop::on_reply(std::uint64_t id, const Deferred::Result& result) {
  auto waiting = waiting_.extract(id);
  if (!waiting.empty()) {  // else it was answered 504 or 503 meanwhile
    send_response(waiting.mapped().request, waiting.mapped().finish(result));
  }
}

void StatusServer::Loop::give_up(std::uint64_t id, const ApiError& error) {
  auto waiting = waiting_.extract(id);
  if (!waiting.empty()) {
    send_response(waiting.mapped().request, error_response(error));
  }
}

void StatusServer::Loop::send_response(const restinio::request_handle_t& request,
                                       const Response& response) {
  const bool upgrade =
      request->header().connection() == restinio::http_connection_header_t::upgrade;
  restinio::tcp_connection_ctx_handle_t connection =
      restinio::impl::access_req_connection(*request);
  auto builder = request->create_response<restinio::user_controlled_output_t>(
      {restinio::http_status_code_t(static_cast<std::uint16_t>(response.status)),
       reason_phrase(response.status)});
  builder.append_header(restinio::http_field_t::content_type, std::string(response.content_type));
  builder.append_header(restinio::http_field_t::cache_control, "no-store");
  builder.append_header(restinio::http_field_t::date, date());
  for (const auto& [name, value] : response.headers) {
    builder.append_header(name, value);
  }
  builder.set_content_length(response.body->size());
  if (request->header().method() != restinio::http_method_head()) {
    builder.set_body(response.body);
  }
  if (stopping_ || upgrade) {
    builder.connection_close();
  }
  requests_.fetch_add(1, std::memory_order_relaxed);
  builder.done();
  if (upgrade) {
    // RESTinio drops a connection's timeouts when it sees an Upgrade header; this sets them again.
    connection->check_timeout(connection);
  }
}

const std::string& StatusServer::Loop::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_time_) {
    date_time_ = now;
    date_ = restinio::make_date_field_value(now);
  }
  return date_;
}

StatusServer::StatusServer(ServerOptions options, const monitor::Board& board,
                           const monitor::Clock& clock, Commands& commands,
                           monitor::Operations& operations)
    : loop_(std::make_unique<Loop>(std::move(options), board, clock, commands, operations)) {}

StatusServer::~StatusServer() = default;

void StatusServer::start() {
  loop_->start();
}
void StatusServer::stop() {
  loop_->stop();
}
HttpStats StatusServer::stats() const {
  return loop_->stats();
}

}  // namespace hale::exporters
