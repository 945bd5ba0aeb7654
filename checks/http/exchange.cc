#include "checks/http/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "checks/excerpt.h"
#include "checks/http/transfer_failure.h"
#include "checks/tls/verification.h"
#include "monitor/assert.h"
#include "monitor/format.h"

namespace hale::checks::http {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::size_t kLargestHead = 64 << 10;  // header fields and trailers together

struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* const longer = ::curl_slist_append(list.get(), line.c_str());
  HALE_ASSERT(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

// What libcurl's callbacks fill while a transfer is under way.
class Reception {
 public:
  Reception(Progress& progress, const ExchangeOptions& options)
      : progress_(progress), keep_(options.keep_body ? options.max_size : kExcerptBytes) {
    end.max_size = options.max_size;
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Reception*>(self)->take_header({data, size}) ? size : 0;
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Reception*>(self)->take_body({data, size}) ? size : 0;
  }
  // The connection stands, TLS included.
  static int on_ready(void* self, char*, char*, int, int) {
    static_cast<Reception*>(self)->ready();
    return CURL_PREREQFUNC_OK;
  }
  // libcurl did something: is the request out, has the answer begun?
  void look(CurlTransfer& transfer) {
    if (progress_.phase() == Phase::kSend && transfer.only_reads()) {
      progress_.enter(Phase::kFirstByte);
    }
    if (progress_.phase() == Phase::kFirstByte) {
      curl_off_t first_byte_us = 0;
      ::curl_easy_getinfo(transfer.easy(), CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
      if (first_byte_us > 0) {
        progress_.enter(Phase::kTransfer);
      }
    }
  }

  // The blank line came that ends the head of the answer.
  bool head_over() const { return head_over_; }

  Answer answer;
  TransferEnd end;
  CURL* easy = nullptr;

 private:
  void ready() {
    if (progress_.verbose()) {
      const curl_tlssessioninfo* session = nullptr;
      ::curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session);
      if (session != nullptr && session->internals != nullptr) {
        progress_.tell(tls::session_text(*static_cast<const SSL*>(session->internals)));
      }
    }
    progress_.enter(Phase::kSend);
  }

  bool take_header(std::string_view line) {
    // An answer may be there as soon as the request is out.
    if (progress_.phase() == Phase::kSend) {
      progress_.enter(Phase::kFirstByte);
    }
    if (progress_.phase() != Phase::kTransfer) {
      progress_.enter(Phase::kTransfer);
    }
    head_size_ += line.size();
    if (head_size_ > kLargestHead) {
      end.head_too_large = true;
      return false;
    }
    while (line.ends_with('\n') || line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.starts_with("HTTP/") && !head_over_) {
      begin_answer(line);
    } else if (const std::size_t colon = line.find(':');
               colon != std::string_view::npos && colon > 0) {
      HeaderFields& fields = head_over_ ? answer.trailers : answer.headers;
      std::string_view value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
      fields.emplace_back(line.substr(0, colon), value);
    }
    head_over_ = head_over_ || (line.empty() && answer.status >= 200);
    return true;
  }

  // Informational answers come before the real one (RFC 9110, section 15.2).
  void begin_answer(std::string_view line) {
    answer.headers.clear();
    answer.status_line = line;
    const std::size_t space = std::min(line.find(' '), line.size());
    answer.version = line.substr(0, space);
    const std::string_view rest = line.substr(space);
    const std::size_t digits = rest.find_first_not_of(' ');
    answer.status = 0;
    if (digits != std::string_view::npos) {
      std::from_chars(rest.data() + digits, rest.data() + rest.size(), answer.status);
    }
  }

  bool take_body(std::string_view data) {
    answer.size += data.size();
    if (answer.body.size() < keep_) {
      const std::size_t room = static_cast<std::size_t>(keep_) - answer.body.size();
      answer.body += data.substr(0, room);
    }
    end.body_too_large = answer.size > end.max_size;
    return !end.body_too_large;
  }

  Progress& progress_;
  std::uint64_t keep_;
  std::size_t head_size_ = 0;
  bool head_over_ = false;
};

long version_option(Version version, bool secure) {
  switch (version) {
    case Version::k10:
      return CURL_HTTP_VERSION_1_0;
    case Version::k11:
      return CURL_HTTP_VERSION_1_1;
    case Version::k2:
      return secure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case Version::kAny:
      break;
  }
  return CURL_HTTP_VERSION_2TLS;
}

bool has_header(const Request& request, std::string_view name) {
  return std::ranges::any_of(
      request.headers, [name](const HeaderLine& header) { return same_name(header.name, name); });
}

// libcurl adds fields of its own; an empty one ("Expect:") takes it away again.
List header_list(const Request& request, const Url& spoken) {
  List list;
  for (const HeaderLine& header : request.headers) {
    append(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (!has_header(request, "Host") && spoken.host != request.url.host) {
    append(list, "Host: " + host_header(request.url));
  }
  if (!has_header(request, "User-Agent")) {
    append(list, "User-Agent: hale");
  }
  if (request.has_body) {
    append(list, "Expect:");
    if (!has_header(request, "Content-Type")) {
      append(list, "Content-Type:");
    }
  }
  return list;
}

void set_request(CURL* easy, const Request& request) {
  if (request.method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.has_body || request.method == "POST" || request.method == "PUT") {
    ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

// An address as libcurl reads it. The socket is connected already, so it only has to be one: a name
// would be looked up.
constexpr const char* kAnyAddress = "127.0.0.1";

void set_route(CURL* easy, const ExchangeOptions& options, List& route) {
  if (!options.proxy) {
    append(route, std::string("::") + kAnyAddress + ":");
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, route.get());
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever the environment says
    return;
  }
  const Proxy& proxy = *options.proxy;
  const std::string text = proxy.scheme + "://" + kAnyAddress + ":" + std::to_string(proxy.port);
  ::curl_easy_setopt(easy, CURLOPT_PROXY, text.c_str());
  ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  ::curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!proxy.user.empty()) {
    ::curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy.user.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy.password.c_str());
  }
}

void set_options(CURL* easy, const ExchangeOptions& options, const Url& spoken,
                 Reception& reception, char* error_text) {
  ::curl_easy_setopt(easy, CURLOPT_URL, spoken.text.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version_option(options.version, spoken.secure()));
  ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text);
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Reception::on_header);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reception);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Reception::on_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reception);
  ::curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Reception::on_ready);
  ::curl_easy_setopt(easy, CURLOPT_PREREQDATA, &reception);
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 0L);
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 1'000'000'000L);  // ours ends it
  if (options.compressed) {
    ::curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that it can unpack
  }
}

// Whether the transfer failed with the whole request out, which a peer that is quick to fail may
// keep the callbacks from showing.
bool was_sent(CURL* easy, CURLcode code, const Request& request) {
  if (code != CURLE_GOT_NOTHING && code != CURLE_RECV_ERROR) {
    return false;
  }
  curl_off_t sent = 0;
  ::curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  return request.method == "HEAD" || std::cmp_greater_equal(sent, request.body.size());
}

// What the callback in which libcurl hands over its context needs.
struct TlsUse {
  TlsUse(const ExchangeOptions& settings, const std::string& name, bool verify)
      : options(settings), verification(name, verify) {}
  const ExchangeOptions& options;
  tls::Verification verification;
};

CURLcode on_context(CURL*, void* context, void* use_pointer) {
  auto& use = *static_cast<TlsUse*>(use_pointer);
  auto& ssl_context = *static_cast<SSL_CTX*>(context);
  if (!tls::prepare(ssl_context, use.options.tls, *use.options.material)) {
    return CURLE_SSL_CERTPROBLEM;
  }
  use.verification.watch(ssl_context);
  return CURLE_OK;
}

// The store is shared, and both chain and name are verified by ours; libcurl, which is left to ask
// for the result, would load the system's authorities anew for each connection.
void set_tls(CURL* easy, TlsUse& use) {
  const bool verify = use.options.tls.verify;
  ::curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  // It would keep the store of the first check's authorities, and trust them for every other check.
  ::curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_context);
  ::curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &use);
}

Outcome no_answer(const Reception& reception, Phase phase, monitor::Duration waited) {
  std::string message = "no answer within " + monitor::format_duration(waited);
  switch (phase) {
    case Phase::kTls:
      message += ": connected, but no TLS";
      break;
    case Phase::kSend:
      message += ": the request was not taken";
      break;
    case Phase::kFirstByte:
      message += ": the request was sent";
      break;
    case Phase::kTransfer:
      message = reception.answer.status == 0
                    ? "only a part of the answer's head came"
                    : "only " + monitor::format_bytes(static_cast<double>(reception.answer.size)) +
                          " of the body came";
      message += " within " + monitor::format_duration(waited);
      break;
    default:
      break;
  }
  return Outcome::fail(Reason::kTimeout, phase, std::move(message));
}

std::optional<Outcome> wrong_version(const Answer& answer, Version version) {
  if (version != Version::k2 || answer.version.starts_with("HTTP/2")) {
    return std::nullopt;
  }
  return Outcome::fail(Reason::kProtocol, Phase::kEvaluate,
                       "the server speaks " + escaped(answer.version, 20) + ", expected HTTP/2");
}

void tell_answer(Progress& progress, const Answer& answer) {
  if (!progress.verbose() || answer.status == 0) {
    return;
  }
  progress.tell("< " + escaped(answer.status_line, 200));
  for (const HeaderFields* fields : {&answer.headers, &answer.trailers}) {
    for (const auto& [name, value] : *fields) {
      progress.tell("< " + escaped(name, 80) + ": " + escaped(value, 400));
    }
  }
  if (!answer.body.empty()) {
    progress.tell("body of " + monitor::format_bytes(static_cast<double>(answer.size)) + ": " +
                  escaped(answer.body));
  }
}

}  // namespace

monitor::Task<Exchange> exchange(Progress& progress, Request request, ExchangeOptions options,
                                 Connected connected, monitor::TimePoint until) {
  monitor::RunContext& context = progress.context();
  const monitor::TimePoint started = context.started();
  const Url spoken = options.tls.server_name.empty() || !request.url.secure()
                         ? request.url
                         : with_host(request.url, options.tls.server_name);
  progress.enter(spoken.secure() ? Phase::kTls : Phase::kSend);
  progress.tell("> " + request.method + " " + request.url.shown());

  Reception reception(progress, options);
  std::array<char, CURL_ERROR_SIZE> error_text{};
  List headers = header_list(request, spoken);
  List route;
  std::optional<TlsUse> use;
  if (spoken.secure()) {
    HALE_ASSERT(options.material != nullptr);
    use.emplace(options, spoken.host, options.tls.verify);
  }
  CurlTransfer* watched = nullptr;
  CurlTransfer transfer(context.services().shared<CurlLoop>(), std::move(*connected.socket),
                        [&reception, &watched] { reception.look(*watched); });
  watched = &transfer;
  reception.easy = transfer.easy();
  set_options(transfer.easy(), options, spoken, reception, error_text.data());
  set_route(transfer.easy(), options, route);
  set_request(transfer.easy(), request);
  ::curl_easy_setopt(transfer.easy(), CURLOPT_HTTPHEADER, headers.get());
  if (use) {
    set_tls(transfer.easy(), *use);
  }

  if (options.version == Version::k2) {
    transfer.count_received();
  }
  const CurlTransfer::Ended ended = co_await transfer.perform(until);
  Exchange result;
  if (ended != CurlTransfer::Ended::kDone) {
    result.failure = no_answer(reception, progress.phase(), context.clock().now() - started);
  } else if (transfer.code() != CURLE_OK) {
    TransferEnd& end = reception.end;
    long system_error = 0;
    ::curl_easy_getinfo(transfer.easy(), CURLINFO_OS_ERRNO, &system_error);
    ::curl_easy_getinfo(transfer.easy(), CURLINFO_HTTP_CONNECTCODE, &end.connect_status);
    end.code = transfer.code();
    end.system_error = static_cast<int>(system_error);
    end.detail = error_text.data();
    if (progress.phase() == Phase::kSend && was_sent(transfer.easy(), transfer.code(), request)) {
      progress.enter(Phase::kFirstByte);
    }
    end.phase = progress.phase();
    end.secure = spoken.secure();
    end.size = reception.answer.size;
    end.http2 = options.version == Version::k2;
    end.received = transfer.received();
    end.has_status = reception.answer.status != 0;
    // libcurl's own limit of a line, 100 kB, shows as a lack of memory.
    end.head_too_large =
        end.head_too_large || (end.code == CURLE_OUT_OF_MEMORY && end.phase == Phase::kTransfer &&
                               !reception.head_over());
    result.failure = transfer_failure(end);
    progress.tell("libcurl: " + std::string(::curl_easy_strerror(end.code)) + "; " + end.detail);
  } else if (!reception.head_over()) {
    result.failure =
        Outcome::fail(Reason::kProtocol, Phase::kTransfer, "the head of the answer was cut short");
  } else {
    result.failure = wrong_version(reception.answer, options.version);
  }
  if (use) {
    const monitor::WallTime now = context.clock().wall_now();
    use->verification.tell(context);
    result.expires_in = use->verification.expires_in(now);
    auto verdict = transfer.code() == CURLE_PEER_FAILED_VERIFICATION
                       ? use->verification.verdict(now)
                       : std::nullopt;
    if (verdict) {
      result.failure = std::move(verdict);
    }
  }
  result.answer = std::move(reception.answer);
  tell_answer(progress, result.answer);
  co_return result;
}

}  // namespace hale::checks::http
