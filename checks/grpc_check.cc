#include "checks/grpc_check.h"

#include <chrono>
#include <expected>
#include <utility>
#include <vector>

#include "checks/excerpt.h"
#include "checks/grpc/health_answer.h"
#include "checks/grpc/health_message.h"
#include "checks/http/open_connection.h"
#include "checks/http/progress.h"
#include "checks/http/settings.h"
#include "checks/patience.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::KeyType;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;

constexpr std::string_view kMethod = "/grpc.health.v1.Health/Check";
constexpr std::size_t kSchemeSize = 8;          // of "https://", and not more than "http://h"
constexpr std::uint64_t kLargestAnswer = 4096;  // a HealthCheckResponse has two bytes

std::optional<ParameterError> read_metadata(const Parameters& parameters, GrpcSettings& settings) {
  for (const auto& [name, text] : parameters.map("metadata")) {
    const bool reserved = name.starts_with("grpc-");
    if (!http::is_token(name) || reserved || http::has_control(text.value)) {
      return ParameterError{.key = "metadata",
                            .message = "\"" + name + "\" " +
                                       (reserved ? "is gRPC's own"
                                                 : "is not the name of a field, or its value has "
                                                   "control characters in it")};
    }
    settings.request.headers.push_back({.name = name, .value = text.value});
    if (text.secret) {
      settings.mask.add(text.value);
    }
  }
  return std::nullopt;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  GrpcSettings settings;
  const std::string& host = parameters.text("host");
  const bool secure = parameters.table("tls").boolean("enabled");
  const std::string authority = host.contains(':') ? "[" + host + "]" : host;
  const auto url =
      http::parse_url(std::string(secure ? "https://" : "http://") + authority + ":" +
                      std::to_string(parameters.integer("port")) + std::string(kMethod));
  if (!url || url->text.substr(url->text.find('/', kSchemeSize)) != kMethod) {
    return std::unexpected(ParameterError{
        .key = "host",
        .message = "\"" + host + "\" is not a host (write a name or an address, \"127.0.0.1\")"});
  }
  auto tls_options = tls::read_tls_options(parameters.table("tls"));
  if (!tls_options) {
    return std::unexpected(std::move(tls_options.error()));
  }
  settings.service = parameters.text("service");
  settings.family = http::family_of(parameters.text("address_family"));
  settings.options.tls = std::move(*tls_options);
  settings.options.version = http::Version::k2;
  settings.options.keep_body = true;
  settings.options.max_size = kLargestAnswer;
  settings.request.url = *url;
  settings.request.method = "POST";
  settings.request.headers = {{.name = "content-type", .value = "application/grpc"},
                              {.name = "te", .value = "trailers"}};
  settings.request.body = grpc::encode_request(settings.service);
  settings.request.has_body = true;
  if (auto error = read_metadata(parameters, settings)) {
    return std::unexpected(std::move(*error));
  }
  return std::make_unique<GrpcCheck>(std::move(settings));
}

std::vector<monitor::KeyDescriptor> keys() {
  return {
      {.name = "host",
       .type = KeyType::kString,
       .help = "Name or address, IPv4 or IPv6.",
       .required = true},
      {.name = "port",
       .type = KeyType::kInteger,
       .help = "TCP port.",
       .required = true,
       .minimum = 1,
       .maximum = 65535},
      {.name = "service",
       .type = KeyType::kString,
       .help = "The service to ask about, \"shop.v1.Orders\". Default: the server as a whole.",
       .default_value = std::string()},
      {.name = "metadata",
       .type = KeyType::kMap,
       .help = "Fields to send along, such as authorization; a value may be { file = \"x\" }.",
       .default_value = monitor::TextMap(),
       .secret = true},
      {.name = "address_family",
       .type = KeyType::kChoice,
       .help = "Which of the host's addresses to use.",
       .default_value = std::string("any"),
       .choices = {"any", "ipv4", "ipv6"}},
      tls::tls_table({{.name = "enabled",
                       .type = KeyType::kBoolean,
                       .help = "Whether the server speaks TLS.",
                       .default_value = false}}),
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "grpc";
  type.summary = "How a gRPC service says that it is, by the standard health protocol.";
  type.keys = keys();
  type.measurements = {tls::expires_in_measurement()};
  type.default_limits = tls::expires_in_limits();
  type.reasons = {Reason::kTimeout,     Reason::kDns,         Reason::kRefused,
                  Reason::kReset,       Reason::kUnreachable, Reason::kTls,
                  Reason::kCertificate, Reason::kProtocol,    Reason::kStatus,
                  Reason::kAuth,        Reason::kOverloaded,  Reason::kMissing,
                  Reason::kStuck,       Reason::kUnsupported, Reason::kPermission,
                  Reason::kAgent,       Reason::kInternal};
  type.example =
      "[checks.orders]\n"
      "type = \"grpc\"\n"
      "host = \"127.0.0.1\"\n"
      "port = 50051\n"
      "service = \"shop.v1.Orders\"\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& grpc_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

std::string GrpcCheck::target() const {
  const std::string server = http::host_header(settings_.request.url);
  return settings_.service.empty() ? server : server + "/" + settings_.service;
}

monitor::Task<http::Exchange> GrpcCheck::ask(http::Progress& progress) const {
  monitor::RunContext& context = progress.context();
  http::Exchange result;
  http::ExchangeOptions options = settings_.options;
  http::Request request = settings_.request;
  const monitor::TimePoint until = patience_ends(context);
  std::string host = request.url.host;
  auto addresses = co_await http::addresses_of(progress, std::move(host), settings_.family);
  if (!addresses) {
    result.failure = std::move(addresses.error());
    co_return result;
  }
  if (request.url.secure()) {
    auto& materials = context.services().shared<tls::TlsMaterials>();
    auto material = co_await materials.get(context, options.tls);
    if (!material) {
      result.failure = std::move(material.error());
      co_return result;
    }
    options.material = std::move(*material);
  }
  auto connected =
      co_await http::open_connection(progress, std::move(*addresses), request.url.port, until);
  if (!connected) {
    result.failure = std::move(connected.error());
    co_return result;
  }
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - context.clock().now());
  request.headers.push_back({.name = "grpc-timeout", .value = grpc::timeout_text(left.count())});
  co_return co_await http::exchange(progress, std::move(request), std::move(options),
                                    std::move(*connected), until);
}

monitor::Task<CheckResult> GrpcCheck::run(monitor::RunContext& context) {
  http::Progress progress(context, settings_.mask, true);
  http::Exchange answered = co_await ask(progress);
  CheckResult result;
  if (answered.failure) {
    result.outcome = std::move(*answered.failure);
  } else {
    progress.enter(Phase::kEvaluate);
    result.outcome = grpc::judge(answered.answer, settings_.service);
  }
  if (answered.expires_in) {
    result.measurements.push_back(*answered.expires_in);
  }
  if (result.outcome.result != monitor::Result::kPass && answered.answer.status != 0) {
    result.excerpt = escaped(settings_.mask.apply(std::move(answered.answer.body)));
  }
  result.outcome.message = settings_.mask.apply(std::move(result.outcome.message));
  co_return result;
}

}  // namespace hale::checks
