#include "exporters/http/api.h"

#include <array>
#include <utility>

#include "exporters/http/endpoints.h"
#include "exporters/prometheus/negotiation.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::Duration;
using monitor::TimePoint;

namespace {

enum class Method { kGet, kPost };
enum class Needs { kNothing, kView };

// How long an answer may be given again while the board stays the same.
constexpr Duration kNever = Duration::zero();
constexpr Duration kWhileCurrent = Duration::max();
constexpr Duration kForASecond = std::chrono::seconds(1);

struct Route {
  std::string_view pattern;  // {name} stands for one segment
  Method method;
  Needs needs;
  Duration reuse;
  Result<Reply> (*handler)(const Call&);
};

constexpr auto kRoutes = std::to_array<Route>({
    {"/", Method::kGet, Needs::kNothing, kNever, index},
    {"/livez", Method::kGet, Needs::kNothing, kNever, livez},
    {"/readyz", Method::kGet, Needs::kNothing, kNever, readyz},
    {"/healthz", Method::kGet, Needs::kNothing, kWhileCurrent, healthz},
    {"/metrics", Method::kGet, Needs::kView, kForASecond, metrics},
    {"/api/v1/status", Method::kGet, Needs::kView, kWhileCurrent, status},
    {"/api/v1/checks", Method::kGet, Needs::kView, kWhileCurrent, checks},
    {"/api/v1/checks/{name}", Method::kGet, Needs::kView, kWhileCurrent, check},
    {"/api/v1/checks/{name}/history", Method::kGet, Needs::kView, kWhileCurrent, history},
    {"/api/v1/findings", Method::kGet, Needs::kView, kWhileCurrent, findings},
    {"/api/v1/events", Method::kGet, Needs::kView, kWhileCurrent, events},
    {"/api/v1/operations", Method::kGet, Needs::kNothing, kNever, operations},
    {"/api/v1/observe", Method::kPost, Needs::kNothing, kNever, observe},
    {"/api/v1/config", Method::kGet, Needs::kNothing, kNever, configuration},
    {"/api/v1/checks/{name}/run", Method::kPost, Needs::kView, kNever, run},
    {"/api/v1/checks/{name}/pause", Method::kPost, Needs::kView, kNever, pause},
    {"/api/v1/checks/{name}/resume", Method::kPost, Needs::kView, kNever, resume},
    {"/api/v1/checks/{name}/heartbeat", Method::kPost, Needs::kView, kNever, heartbeat},
});

bool matches(std::string_view pattern, const std::vector<std::string>& segments,
             std::string& name) {
  pattern.remove_prefix(1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    const bool last = part.size() == pattern.size();
    if (last != (i + 1 == segments.size())) {
      return false;
    }
    if (part == "{name}") {
      name = segments[i];
    } else if (part != segments[i]) {
      return false;
    }
    pattern.remove_prefix(last ? part.size() : part.size() + 1);
  }
  return true;
}

// No path has more than one method so far, so that the first route that matches is the one.
const Route* find_route(const std::vector<std::string>& segments, std::string& name) {
  for (const Route& route : kRoutes) {
    if (matches(route.pattern, segments, name)) {
      return &route;
    }
  }
  return nullptr;
}

bool is_json(std::string_view content_type) {
  const std::string_view media_type = content_type.substr(0, content_type.find(';'));
  const std::size_t end = media_type.find_last_not_of(" \t");
  const std::string_view trimmed =
      media_type.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return std::ranges::equal(trimmed, kJsonContentType, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// The metrics are the only path whose answer depends on more than the target.
std::string cache_key(const Request& request) {
  std::string key(request.target);
  if (request.target.starts_with("/metrics")) {
    key += '\n';
    key += static_cast<char>('0' + static_cast<int>(negotiate_format(request.accept)));
    key += accepts_gzip(request.accept_encoding) ? 'z' : '-';
  }
  return key;
}

Response wrong_method(const Request& request, const Route& route, const std::string& path) {
  const std::string allowed = route.method == Method::kGet ? "GET, HEAD" : "POST";
  Response response =
      error_response({405, "method_not_allowed",
                      path + " answers " + allowed + ", not " + std::string(request.method)});
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

void Api::Cache::keep_for(std::uint64_t version, bool alive) {
  if (version != version_ || alive != alive_) {
    clear();
    version_ = version;
    alive_ = alive;
  }
}

void Api::Cache::clear() {
  entries_.clear();
  bytes_ = 0;
}

const Response* Api::Cache::find(std::string_view target, TimePoint now) const {
  const auto found = entries_.find(target);
  return found == entries_.end() || found->second.expires < now ? nullptr : &found->second.response;
}

void Api::Cache::add(std::string_view target, const Response& response, TimePoint expires) {
  const std::size_t size = response.body->size();
  if (size > kMaxBytes) {
    return;
  }
  if (entries_.size() == kMaxEntries || bytes_ + size > kMaxBytes) {
    clear();
  }
  // An entry that has expired is replaced; its bytes stay counted until the next clearing, which
  // errs on the safe side.
  entries_.insert_or_assign(std::string(target), Entry{.response = response, .expires = expires});
  bytes_ += size;
}

Reply Api::handle(const Request& request) {
  auto view = sources_.board.view();
  const TimePoint now = sources_.clock.now();
  const bool alive = sources_.board.alive(now);
  cache_.keep_for(view == nullptr ? 0 : view->version, alive);
  if (request.method == "GET" || request.method == "HEAD") {
    if (const Response* cached = cache_.find(cache_key(request), now)) {
      return *cached;
    }
  }
  auto reply = route(request, std::move(view), alive, now);
  return reply ? std::move(*reply) : error_response(reply.error());
}

Result<Reply> Api::route(const Request& request, std::shared_ptr<const BoardView> view, bool alive,
                         TimePoint now) {
  if (request.target.size() > kMaxTargetSize) {
    return std::unexpected(ApiError{414, "too_large", "the URL is longer than 8 kB"});
  }
  if (request.body.size() > kMaxBodySize) {
    return std::unexpected(ApiError{413, "too_large", "the body is longer than 64 kB"});
  }
  auto target = parse_target(request.target);
  if (!target) {
    return std::unexpected(std::move(target.error()));
  }
  Call call{.sources = sources_,
            .target = *target,
            .name = {},
            .body = request.body,
            .accept = request.accept,
            .accept_encoding = request.accept_encoding,
            .authorization = request.authorization,
            .view = std::move(view),
            .alive = alive};
  const Route* route = find_route(target->segments, call.name);
  if (route == nullptr) {
    return std::unexpected(ApiError{404, "not_found", "no such path: " + target->path});
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (route->method == Method::kGet ? !reads : request.method != "POST") {
    return wrong_method(request, *route, target->path);
  }
  if (!request.body.empty() && !reads && !is_json(request.content_type)) {
    return std::unexpected(ApiError{415, "unsupported_media_type",
                                    "the body must be empty or have the content type "
                                    "application/json"});
  }
  if (route->needs == Needs::kView && call.view == nullptr) {
    return std::unexpected(ApiError{503, "starting", "the agent is starting"});
  }
  auto reply = route->handler(call);
  if (!reads) {
    cache_.clear();  // a POST answers after its effect can be read
  }
  if (reply && route->reuse != kNever) {
    const TimePoint expires = route->reuse == kWhileCurrent ? TimePoint::max() : now + route->reuse;
    cache_.add(cache_key(request), std::get<Response>(*reply), expires);
  }
  return reply;
}

}  // namespace hale::exporters
