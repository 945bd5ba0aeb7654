#include "checks/dns_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <optional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/dns/codes.h"
#include "checks/dns/resolv_conf.h"
#include "checks/net/connect.h"
#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/proc/read_file.h"
#include "monitor/runtime/all_of.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using dns::Answers;
using dns::Message;
using dns::Reply;
using dns::StreamReply;
using dns::Transport;
using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

using ServerOrFailure = std::expected<std::string, Outcome>;

// On a thread of the pool.
ServerOrFailure read_system_server(const std::string& path) {
  constexpr std::size_t kLargest = std::size_t{1} << 20U;
  const auto text = read_file(path, kLargest);
  if (!text) {
    Outcome outcome = could_not_read(text.error());
    outcome.phase = Phase::kResolve;
    return std::unexpected(std::move(outcome));
  }
  const std::vector<asio::ip::address> servers = dns::name_servers(*text);
  return servers.empty() ? "127.0.0.1" : servers.front().to_string();
}

// The first of /etc/resolv.conf, looked up anew by each run: it changes with the network.
Task<ServerOrFailure> system_server(RunContext& context, std::string path, TimePoint give_up) {
  context.enter(Phase::kResolve);
  std::string key = "read:" + path;
  std::function<ServerOrFailure()> work = [path] { return read_system_server(path); };
  const std::expected<ServerOrFailure, PoolFailure> reply =
      co_await context.services().files.call(std::move(key), give_up, std::move(work));
  if (reply) {
    co_return *reply;
  }
  if (reply.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  Outcome outcome = not_looked(reply.error(), path);
  outcome.phase = Phase::kResolve;
  co_return std::unexpected(std::move(outcome));
}

std::string headline(const Message& message) {
  std::string line = dns::rcode_text(message.rcode);
  line += message.authoritative ? " aa" : "";
  line += message.truncated ? " tc" : "";
  line += message.recursion_available ? " ra" : "";
  line += message.authentic_data ? " ad" : "";
  return line;
}

void tell_reply(RunContext& context, const Reply& reply) {
  constexpr std::size_t kMostRecords = 50;
  if (!context.verbose()) {
    return;
  }
  context.tell(headline(reply.message) + ", " + std::to_string(reply.bytes) + " bytes");
  if (!reply.message.extended_error.empty()) {
    context.tell("extended error: " + reply.message.extended_error);
  }
  std::size_t told = 0;
  for (const auto* section :
       {&reply.message.answers, &reply.message.authorities, &reply.message.additionals}) {
    for (const dns::Record& record : *section) {
      if (++told <= kMostRecords) {
        context.tell(record.owner + " " + std::to_string(record.ttl_seconds) + " " +
                     dns::type_text(record.type) + " " + record.text);
      }
    }
  }
}

std::string excerpt_of(const Message& message, const Answers& answers) {
  constexpr std::size_t kMostBytes = 1024;
  std::string text = headline(message);
  for (const std::string& answer : answers.texts) {
    text += "\n" + answer;
    if (text.size() > kMostBytes) {
      break;
    }
  }
  text.resize(std::min(text.size(), kMostBytes));
  return text;
}

std::string praise(const Reply& reply, const Answers& answers) {
  std::string text = answers.texts.empty() ? dns::rcode_text(reply.message.rcode) + ", as expected"
                                           : dns::shown_answers(answers.texts);
  text += reply.fell_back ? " (over TCP, since the answer was cut off over UDP)" : "";
  return text;
}

std::string phrase(const Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "UDP";
    case Transport::kTcp:
      return "TCP";
    case Transport::kTls:
      return "TLS";
  }
  return "";
}

}  // namespace

DnsCheck::DnsCheck(DnsSettings settings) : settings_(std::move(settings)) {}

std::string DnsCheck::target() const {
  std::string text =
      settings_.query.question.name + " " + dns::type_text(settings_.query.question.type);
  for (const std::string& server : settings_.servers) {
    text += " @" + server;
  }
  return text;
}

Task<StreamReply> DnsCheck::ask(RunContext& context, std::string server, asio::ip::address address,
                                TimePoint give_up) const {
  dns::Query query = settings_.query;
  if (settings_.transport == Transport::kUdp) {
    StreamReply answered;
    answered.reply =
        co_await dns::ask_udp(context, std::move(query), address, settings_.port, give_up);
    co_return answered;
  }
  dns::StreamServer asked{.address = address, .port = settings_.port};
  if (settings_.transport == Transport::kTls) {
    asked.secured = dns::Secured{.options = settings_.tls_options, .host = std::move(server)};
  }
  co_return co_await dns::ask_stream(context, std::move(query), std::move(asked), give_up);
}

Task<DnsCheck::Look> DnsCheck::look(RunContext& context, std::string server,
                                    TimePoint give_up) const {
  Look look;
  look.item.name = server;
  std::string host = server;
  auto address = co_await address_of(context, std::move(host), settings_.family);
  if (!address) {
    look.item.outcome = std::move(address.error());
    co_return look;
  }
  const std::string peer = endpoint_text({*address, settings_.port});
  context.set_peer(peer);
  const dns::Question& question = settings_.query.question;
  if (context.verbose()) {
    context.tell("asking " + peer + " over " + phrase(settings_.transport) + " for " +
                 question.name + " " + dns::type_text(question.type));
  }
  StreamReply answered = co_await ask(context, std::move(server), *address, give_up);
  auto& measurements = look.item.measurements;
  if (answered.expires_in) {
    measurements.push_back(std::move(*answered.expires_in));
  }
  if (!answered.reply) {
    look.item.outcome = std::move(answered.reply.error());
    co_return look;
  }
  const Reply& reply = *answered.reply;
  context.enter(Phase::kEvaluate);
  tell_reply(context, reply);
  const Answers answers = dns::answers_to(reply.message, question);
  look.item.outcome = judge(reply.message, answers, question, settings_.expected,
                            settings_.query.options.edns_size > 0);
  measurements.push_back({.name = "answers", .value = static_cast<double>(answers.texts.size())});
  if (answers.least_ttl_seconds) {
    measurements.push_back(
        {.name = "ttl", .value = static_cast<double>(*answers.least_ttl_seconds)});
  }
  if (answers.serial) {
    look.serial = answers.serial;
    measurements.push_back({.name = "serial", .value = static_cast<double>(*answers.serial)});
  }
  if (look.item.outcome.result == monitor::Result::kPass) {
    look.item.outcome.message = praise(reply, answers);
  } else {
    look.excerpt = excerpt_of(reply.message, answers);
  }
  co_return look;
}

Task<DnsCheck::Look> DnsCheck::look_beside_others(RunContext& context, std::string server,
                                                  TimePoint give_up) const {
  RunContext strand(context, server);
  co_return co_await look(strand, std::move(server), give_up);
}

// A secondary that did not get the latest zone goes on answering, and looks well by itself.
void DnsCheck::compare_serials(std::vector<Look>& looks) const {
  std::optional<std::uint32_t> newest;
  std::string who;
  for (const Look& look : looks) {
    if (look.serial && (!newest || dns::serial_lag(*newest, *look.serial) > 0)) {
      newest = look.serial;
      who = look.item.name;
    }
  }
  for (Look& look : looks) {
    if (!look.serial || !newest) {
      continue;
    }
    const std::uint32_t lag = dns::serial_lag(*look.serial, *newest);
    look.item.measurements.push_back({.name = "serial_lag", .value = static_cast<double>(lag)});
    if (lag > 0 && settings_.same_serial && look.item.outcome.result == monitor::Result::kPass) {
      look.item.outcome =
          Outcome::warn(Reason::kValidation, Phase::kEvaluate,
                        "serial " + std::to_string(*look.serial) + " is behind the " +
                            std::to_string(*newest) + " of " + who,
                        "SERIAL");
    }
  }
}

Task<CheckResult> DnsCheck::ask_all(RunContext& context) const {
  context.enter(Phase::kQuery);
  const TimePoint give_up = patience_ends(context);
  std::vector<Look> looks(settings_.servers.size());
  std::vector<Task<Look>> tasks;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    looks[i].item.name = settings_.servers[i];
    looks[i].item.outcome =
        Outcome::unknown(Reason::kInternal, Phase::kQuery, "the agent failed to ask this server");
    tasks.push_back(look_beside_others(context, settings_.servers[i], give_up));
  }
  auto ends = co_await monitor::all_of<Look>(context.executor(), std::move(tasks));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) {
      looks[i] = std::move(*ends[i]);
    }
  }
  compare_serials(looks);
  CheckResult result;
  std::size_t well = 0;
  for (Look& look : looks) {
    well += look.item.outcome.result == monitor::Result::kPass ? 1U : 0U;
    if (result.excerpt.empty()) {
      result.excerpt = std::move(look.excerpt);
    }
    result.items.push_back(std::move(look.item));
  }
  result.outcome = Outcome::pass(std::to_string(well) + " of " + std::to_string(looks.size()) +
                                 " servers answer as expected");
  co_return result;
}

Task<CheckResult> DnsCheck::run(RunContext& context) {
  if (settings_.as_items) {
    co_return co_await ask_all(context);
  }
  const TimePoint give_up = patience_ends(context);
  CheckResult result;
  std::string server;
  if (settings_.servers.empty()) {
    std::string path = settings_.resolv_conf;
    ServerOrFailure found = co_await system_server(context, std::move(path), give_up);
    if (!found) {
      result.outcome = std::move(found.error());
      co_return result;
    }
    server = std::move(*found);
  } else {
    server = settings_.servers.front();
  }
  Look seen = co_await look(context, std::move(server), give_up);
  result.outcome = std::move(seen.item.outcome);
  result.measurements = std::move(seen.item.measurements);
  result.excerpt = std::move(seen.excerpt);
  co_return result;
}

}  // namespace hale::checks
