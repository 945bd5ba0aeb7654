#include "tests/bench/bare_curl_loop.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_set>
#include <vector>

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "monitor/assert.h"
#include "tests/bench/check_engine.h"

namespace hale::bench {
namespace {

constexpr std::int64_t kNever = INT64_MAX;

// A request of each target, made before: where to, and for TLS by which address.
struct Request {
  std::string url;
  curl_slist* route = nullptr;
};

Request request_to(const Targets& targets, const CurlSettings& settings, std::size_t check) {
  const std::string host = host_of(check);
  const std::string port = ":" + std::to_string(targets.port_of(check)) + "/";
  if (settings.server_name.empty()) {
    return {.url = "http://" + host + port};
  }
  return {.url = "https://" + settings.server_name + port,
          .route = ::curl_slist_append(nullptr, ("::" + host + ":").c_str())};
}

class CurlLoop {
 public:
  CurlLoop(const Targets& targets, const CurlSettings& settings)
      : targets_(targets), settings_(settings), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = ::curl_multi_init();
    HALE_ASSERT(multi_ != nullptr && epoll_ >= 0);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    for (std::size_t i = 0; i < targets.checks; ++i) {
      requests_.push_back(request_to(targets, settings, i));
    }
  }
  ~CurlLoop() {
    for (CURL* const easy : running_) {
      ::curl_multi_remove_handle(multi_, easy);
      ::curl_easy_cleanup(easy);
    }
    ::curl_multi_cleanup(multi_);
    for (const Request& request : requests_) {
      ::curl_slist_free_all(request.route);
    }
    ::curl_global_cleanup();
    ::close(epoll_);
  }
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  BareLoopCounts run(std::int64_t duration) {
    const std::int64_t began = now_ns();
    for (std::int64_t now = began; now - began < duration; now = now_ns()) {
      for (; due(began) <= now; ++started_) {
        start(requests_[started_ % requests_.size()]);
      }
      wait(std::min(due(began), timer_));
      take_ended();
    }
    return counts_;
  }

 private:
  std::int64_t due(std::int64_t began) const {
    return began + static_cast<std::int64_t>(started_) * targets_.interval.count() /
                       static_cast<std::int64_t>(requests_.size());
  }

  void start(const Request& request) {
    CURL* const easy = ::curl_easy_init();
    HALE_ASSERT(easy != nullptr);
    ::curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    ::curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "bench");
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlLoop::on_body);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                       static_cast<long>(targets_.timeout.count() / 1'000'000));
    if (request.route != nullptr) {
      ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, request.route);
      ::curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
      ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
      ::curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    running_.insert(easy);
    ::curl_multi_add_handle(multi_, easy);
  }

  void wait(std::int64_t until) {
    const std::int64_t left = std::max<std::int64_t>(0, until - now_ns());
    const int ready = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                                   static_cast<int>((left + 999'999) / 1'000'000));
    int running = 0;
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      ::curl_multi_socket_action(multi_, event.data.fd, what, &running);
    }
    if (timer_ <= now_ns()) {
      timer_ = kNever;
      ::curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
  }

  void take_ended() {
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi_, &left)) {
      CURL* const easy = message->easy_handle;
      long status = 0;
      ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      ++(message->data.result == CURLE_OK && status == 200 ? counts_.done : counts_.failed);
      ::curl_multi_remove_handle(multi_, easy);
      ::curl_easy_cleanup(easy);
      running_.erase(easy);
    }
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto& loop = *static_cast<CurlLoop*>(self);
    epoll_event interest{};
    interest.events = (what != CURL_POLL_OUT ? std::uint32_t{EPOLLIN} : 0U) |
                      (what != CURL_POLL_IN ? std::uint32_t{EPOLLOUT} : 0U);
    interest.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, fd, nullptr);
    } else if (known != nullptr) {
      ::epoll_ctl(loop.epoll_, EPOLL_CTL_MOD, fd, &interest);
    } else {
      ::epoll_ctl(loop.epoll_, EPOLL_CTL_ADD, fd, &interest);
      ::curl_multi_assign(loop.multi_, fd, self);
    }
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) {
    static_cast<CurlLoop*>(self)->timer_ =
        timeout_ms < 0 ? kNever : now_ns() + std::int64_t{timeout_ms} * 1'000'000;
    return 0;
  }

  static std::size_t on_body(char*, std::size_t, std::size_t size, void*) { return size; }

  Targets targets_;
  CurlSettings settings_;
  int epoll_;
  CURLM* multi_ = nullptr;
  std::vector<Request> requests_;
  std::unordered_set<CURL*> running_;
  std::array<epoll_event, 256> events_{};
  std::uint64_t started_ = 0;
  std::int64_t timer_ = kNever;
  BareLoopCounts counts_;
};

}  // namespace

BareLoopCounts run_bare_curl_loop(const Targets& targets, const CurlSettings& settings,
                                  monitor::Duration duration) {
  return CurlLoop(targets, settings).run(duration.count());
}

}  // namespace hale::bench
