#include "checks/http/visit.h"

#include <algorithm>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/excerpt.h"
#include "checks/http/judgement.h"
#include "checks/http/open_connection.h"
#include "checks/http/progress.h"
#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/all_of.h"

namespace hale::checks::http {
namespace {

using asio::ip::address;
using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Task;
using SettingsPointer = std::shared_ptr<const Settings>;

// What a visit came to, for the check or for one of its addresses.
struct Visit {
  Outcome outcome;
  std::vector<monitor::Measurement> measurements;
  std::string excerpt;
};

// A single request on its way: where to, through which addresses, over a connection of its own.
// `pinned`: the only address to try for the URL that the configuration names.
Task<Exchange> hop(Progress& progress, SettingsPointer settings, Request request,
                   std::optional<address> pinned, monitor::TimePoint until) {
  Exchange result;
  ExchangeOptions options = settings->options;
  if (!request.trusted) {
    options.tls.server_name.clear();
    options.tls.certificate_file.clear();
    options.tls.key_file.clear();
  }
  const std::optional<Detour> detour = request.trusted ? settings->detour : std::nullopt;
  std::uint16_t port = options.proxy ? options.proxy->port : request.url.port;
  Addresses addresses;
  if (detour) {
    addresses = std::vector{detour->address};
    port = detour->port.value_or(port);
  } else if (pinned && request.trusted) {
    addresses = std::vector{*pinned};
  } else {
    std::string host = options.proxy ? options.proxy->host : request.url.host;
    addresses = co_await addresses_of(progress, std::move(host), settings->family);
  }
  if (!addresses) {
    result.failure = std::move(addresses.error());
    co_return result;
  }
  if (request.url.secure()) {
    auto& materials = progress.context().services().shared<tls::TlsMaterials>();
    auto material = co_await materials.get(progress.context(), options.tls);
    if (!material) {
      result.failure = std::move(material.error());
      co_return result;
    }
    options.material = std::move(*material);
  }
  auto connected = co_await open_connection(progress, std::move(*addresses), port, until);
  if (!connected) {
    result.failure = std::move(connected.error());
    co_return result;
  }
  co_return co_await exchange(progress, std::move(request), std::move(options),
                              std::move(*connected), until);
}

// What keeps a redirect from being followed. Judged like any answer that is not the expected one.
Outcome not_followed(const Answer& answer, const std::string& why) {
  return Outcome::fail(Reason::kStatus, Phase::kEvaluate,
                       "answered " + status_text(answer) + ", which was not followed: " + why,
                       std::to_string(answer.status));
}

// The URLs of a visit so far, the first one first.
class Route {
 public:
  explicit Route(const Url& first) { urls_.push_back(first); }
  int redirects() const { return static_cast<int>(urls_.size()) - 1; }
  bool went_to(const Url& url) const { return std::ranges::find(urls_, url) != urls_.end(); }
  void add(const Url& url) { urls_.push_back(url); }
  std::string shown() const {
    std::string text;
    for (const Url& url : urls_) {
      text += (text.empty() ? "" : " -> ") + url.shown();
    }
    return text;
  }

 private:
  std::vector<Url> urls_;
};

// Prepares the next request of a visit, or says why there is none although the server points
// somewhere. nullopt without an error: the answer is the last one.
std::expected<bool, Outcome> follow(const Settings& settings, const Answer& answer,
                                    Request& request, Route& route) {
  const std::string_view location = find_header(answer.headers, "Location");
  if (!settings.follow_redirects || !is_redirect(answer.status) || location.empty()) {
    return false;
  }
  const auto target = resolve_reference(request.url, location);
  if (!target) {
    return std::unexpected(not_followed(
        answer, in_quotes(settings.mask.apply(std::string(location))) + target.error()));
  }
  if (route.redirects() == settings.max_redirects) {
    return std::unexpected(not_followed(
        answer, "it would be more than " + std::to_string(settings.max_redirects) + " redirects"));
  }
  // Without cookies and with the same method the same URL gives the same answer.
  const std::string method = request.method;
  if (redirect(request, answer.status, *target) == Follow::kBodyToStranger) {
    return std::unexpected(
        not_followed(answer, "the request's body would go to " + escaped(host_header(*target))));
  }
  if (request.method == method && route.went_to(*target)) {
    route.add(*target);
    return std::unexpected(not_followed(answer, "it is a loop, " + escaped(route.shown(), 300)));
  }
  route.add(*target);
  return true;
}

void add_measurements(Visit& visit, const Exchange& last, int redirects) {
  if (last.answer.status != 0) {
    visit.measurements.push_back(
        {.name = "status_code", .value = static_cast<double>(last.answer.status)});
    visit.measurements.push_back({.name = "size", .value = static_cast<double>(last.answer.size)});
    visit.measurements.push_back({.name = "redirects", .value = static_cast<double>(redirects)});
  }
  if (last.expires_in) {
    visit.measurements.push_back(*last.expires_in);
  }
}

Task<Outcome> judge(Progress& progress, SettingsPointer settings, Answer& answer) {
  progress.enter(Phase::kEvaluate);
  Verdict verdict(progress.verbose());
  settings->expect.judge_head(answer, settings->mask, verdict);
  std::string body = answer.body;
  verdict = co_await judge_body(progress.context(), settings, std::move(body), std::move(verdict));
  for (const std::string& line : verdict.lines()) {
    progress.tell(line);
  }
  if (std::optional<Outcome> failure = verdict.failure()) {
    co_return std::move(*failure);
  }
  co_return Outcome::pass(status_text(answer) + ", " +
                          monitor::format_bytes(static_cast<double>(answer.size)));
}

// Certificates count even where a later hop fails: the first to expire of all that were seen.
void keep_first_to_expire(std::optional<monitor::Measurement>& known,
                          const std::optional<monitor::Measurement>& seen) {
  if (seen && (!known || seen->value < known->value)) {
    known = seen;
  }
}

Task<Visit> go(Progress& progress, SettingsPointer settings, std::optional<address> pinned,
               monitor::TimePoint until) {
  Request request = settings->request;
  Route route(request.url);
  Visit visit;
  std::optional<monitor::Measurement> expires_in;
  for (;;) {
    Exchange last = co_await hop(progress, settings, request, pinned, until);
    keep_first_to_expire(expires_in, last.expires_in);
    last.expires_in = expires_in;
    const int redirects = route.redirects();
    if (last.failure) {
      visit.outcome = std::move(*last.failure);
    } else if (const auto followed = follow(*settings, last.answer, request, route); !followed) {
      visit.outcome = followed.error();
    } else if (*followed) {
      progress.tell("redirected to " + request.url.shown());
      continue;
    } else {
      visit.outcome = co_await judge(progress, settings, last.answer);
    }
    add_measurements(visit, last, redirects);
    if (visit.outcome.code.empty() && last.answer.status != 0) {
      visit.outcome.code = std::to_string(last.answer.status);
    }
    if (visit.outcome.result == monitor::Result::kPass) {
      visit.outcome.code.clear();
    } else {
      if (redirects > 0) {
        visit.outcome.message = route.shown() + ": " + visit.outcome.message;
      }
      visit.excerpt = escaped(settings->mask.apply(std::move(last.answer.body)));
    }
    visit.outcome.message = settings->mask.apply(std::move(visit.outcome.message));
    co_return visit;
  }
}

// One address of several, as an item of its own.
Task<monitor::ItemResult> go_to(monitor::RunContext& context, SettingsPointer settings,
                                address pinned, monitor::TimePoint until) {
  monitor::ItemResult item;
  item.name = pinned.to_string();
  Progress progress(context, settings->mask, false, item.name + ": ");
  Visit visit = co_await go(progress, settings, pinned, until);
  item.outcome = std::move(visit.outcome);
  item.measurements = std::move(visit.measurements);
  co_return item;
}

Task<std::vector<monitor::ItemResult>> go_to_each(monitor::RunContext& context,
                                                  SettingsPointer settings,
                                                  std::vector<address> addresses,
                                                  monitor::TimePoint until) {
  std::vector<Task<monitor::ItemResult>> visits;
  visits.reserve(addresses.size());
  for (const address& each : addresses) {
    visits.push_back(go_to(context, settings, each, until));
  }
  auto ends = co_await monitor::all_of<monitor::ItemResult>(context.executor(), std::move(visits));
  std::vector<monitor::ItemResult> items;
  for (auto& end : ends) {
    if (!end) {
      std::rethrow_exception(end.error());
    }
    items.push_back(std::move(*end));
  }
  co_return items;
}

}  // namespace

Task<CheckResult> visit(monitor::RunContext& context, SettingsPointer settings) {
  Progress progress(context, settings->mask, true);
  const monitor::TimePoint until = patience_ends(context);
  Visit visited = co_await go(progress, settings, std::nullopt, until);
  CheckResult result;
  result.outcome = std::move(visited.outcome);
  result.measurements = std::move(visited.measurements);
  result.excerpt = std::move(visited.excerpt);
  co_return result;
}

Task<CheckResult> visit_all(monitor::RunContext& context, SettingsPointer settings) {
  Progress progress(context, settings->mask, true);
  const monitor::TimePoint until = patience_ends(context);
  CheckResult result;
  Addresses addresses;
  if (const std::optional<Detour> detour = settings->detour) {
    addresses = std::vector{detour->address};
  } else {
    std::string host = settings->request.url.host;
    addresses = co_await addresses_of(progress, std::move(host), settings->family);
  }
  if (!addresses) {
    result.outcome = std::move(addresses.error());
    co_return result;
  }
  progress.enter(Phase::kRun);
  const std::size_t count = addresses->size();
  result.items = co_await go_to_each(context, settings, std::move(*addresses), until);
  const auto passed = std::ranges::count_if(result.items, [](const monitor::ItemResult& item) {
    return item.outcome.result == monitor::Result::kPass;
  });
  result.outcome = Outcome::pass(std::to_string(passed) + " of " + std::to_string(count) +
                                 " addresses answer as expected");
  co_return result;
}

}  // namespace hale::checks::http
