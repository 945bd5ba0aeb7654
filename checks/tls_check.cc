#include "checks/tls_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <memory>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/excerpt.h"
#include "checks/net/secure_port.h"
#include "checks/net/starttls.h"
#include "checks/patience.h"
#include "checks/tls/certificate_file.h"
#include "checks/tls/file_stamp.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/first_of.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::KeyType;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Task;
using Items = std::vector<ItemResult>;

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make_files(
    const Parameters& parameters) {
  CertificateFilesCheck::Options options;
  options.files = parameters.list("files");
  options.key_file = parameters.text("key_file");
  options.password = parameters.has("password") ? parameters.secret("password").value : "";
  for (const std::string& path : options.files) {
    if (!path.starts_with('/')) {
      return std::unexpected(ParameterError{
          .key = "files",
          .message = "\"" + path + "\" is not an absolute path (write \"/etc/ssl/" + path + "\")"});
    }
  }
  if (!options.key_file.empty()) {
    if (options.files.size() != 1 || tls::is_glob(options.files.front())) {
      return std::unexpected(ParameterError{
          .key = "key_file", .message = "a key belongs to one file (write one path in `files`)"});
    }
  }
  return std::make_unique<CertificateFilesCheck>(std::move(options));
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make_port(
    const Parameters& parameters) {
  if (auto error = host_error(parameters)) {
    return std::unexpected(std::move(*error));
  }
  auto options = tls::read_tls_options(parameters.table("tls"));
  if (!options) {
    return std::unexpected(std::move(options.error()));
  }
  Dialogue steps;
  if (parameters.text("starttls") == "none") {
    steps.emplace_back(StartTls());
  } else {
    steps = starttls_steps(parameters.text("starttls"));
  }
  const auto port = static_cast<asio::ip::port_type>(parameters.integer("port"));
  return std::make_unique<TlsPortCheck>(parameters.text("host"), port, std::move(steps),
                                        std::move(*options));
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  const bool files = !parameters.list("files").empty();
  if (files == parameters.has("host")) {
    return std::unexpected(ParameterError{
        .key = files ? "host" : "files",
        .message = files ? "a check looks at `files` or at a `host`, not at both"
                         : "nothing to look at (write `files`, or `host` and `port`)"});
  }
  return files ? make_files(parameters) : make_port(parameters);
}

std::vector<monitor::KeyDescriptor> keys() {
  monitor::KeyDescriptor host = host_key();
  host.required = false;
  host.help = "Name or address of a server to ask for its certificates, instead of `files`.";
  return {
      {.name = "files",
       .type = KeyType::kStringList,
       .help =
           "Files of certificates, PEM, DER or PKCS#12, each an item: absolute paths and globs. "
           "Server certificates, with their chains, and stores of authorities.",
       .default_value = std::vector<std::string>()},
      {.name = "key_file",
       .type = KeyType::kPath,
       .help = "The private key that has to belong to the certificate, where `files` is one path. "
               "A key in the same file is looked at in any case.",
       .default_value = std::string()},
      {.name = "password",
       .type = KeyType::kString,
       .help = "What opens PKCS#12 files. Default: no password.",
       .secret = true},
      std::move(host),
      port_key(443),
      starttls_key(),
      tls::tls_table(),
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "tls";
  type.summary = "Certificates in files, or as a server shows them: expiry, chain, name, key.";
  type.item_label = "file";
  type.keys = keys();
  type.measurements = {tls::expires_in_measurement()};
  type.default_limits = tls::expires_in_limits();
  type.pinned = {.interval = "5m"};
  type.reasons = connection_reasons();
  type.reasons.push_back(Reason::kMissing);
  type.example =
      "[checks.certificates]\n"
      "type = \"tls\"\n"
      "files = [\"/etc/ssl/private/*.pem\"]\n"
      "warn = { certificate_expires_in = \"21d\" }\n";
  type.make = &make;
  return type;
}

Task<Outcome> shake_hands(monitor::RunContext& context, ByteStream& stream,
                          Conversation& conversation, std::string host, asio::ip::port_type port) {
  auto failure = co_await stream.open(std::move(host), port);
  if (!failure) {
    failure = co_await conversation.run(context);
  }
  co_return failure ? std::move(*failure) : Outcome::pass(stream.tls_text());
}

Outcome nothing_found(const std::string& pattern) {
  return Outcome::fail(Reason::kMissing, Phase::kRun, "no file matches " + escaped(pattern));
}

}  // namespace

const monitor::CheckDescriptor& tls_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

std::string CertificateFilesCheck::target() const {
  std::string text;
  for (const std::string& file : options_.files) {
    text += (text.empty() ? "" : " ") + escaped(file);
  }
  return text;
}

// A pattern at a time: one whose disk hangs is not waited for again while it does.
Task<CheckResult> CertificateFilesCheck::run(monitor::RunContext& context) {
  context.enter(Phase::kRun);
  const monitor::TimePoint give_up = patience_ends(context);
  CheckResult result;
  result.outcome = Outcome::pass("");
  for (const std::string& pattern : options_.files) {
    const monitor::WallTime now = context.clock().wall_now();
    std::string key = "certificates:" + pattern + ":" + options_.key_file + ":" +
                      std::to_string(std::hash<std::string>()(options_.password));
    std::function<Items()> work = [pattern, key_file = options_.key_file,
                                   password = options_.password,
                                   now] { return tls::look_at(pattern, key_file, password, now); };
    auto items = co_await context.services().files.call(std::move(key), give_up, std::move(work));
    if (!items && items.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    if (!items) {
      result.outcome = tls::could_not_load(items.error(), pattern, Phase::kRun);
      co_return result;
    }
    if (items->empty()) {
      result.outcome = nothing_found(pattern);
      co_return result;
    }
    for (ItemResult& item : *items) {
      const auto same = [&item](const ItemResult& other) { return other.name == item.name; };
      if (std::ranges::none_of(result.items, same)) {
        result.items.push_back(std::move(item));
      }
    }
  }
  if (result.items.size() == 1) {
    result.outcome.message = result.items.front().outcome.message;
  } else {
    result.outcome.message = std::to_string(result.items.size()) + " files";
  }
  co_return result;
}

TlsPortCheck::TlsPortCheck(std::string host, asio::ip::port_type port, Dialogue steps,
                           tls::TlsOptions options)
    : host_(std::move(host)),
      port_(port),
      target_(host_and_port(host_, port_)),
      steps_(std::move(steps)),
      options_(std::move(options)) {}

Task<CheckResult> TlsPortCheck::run(monitor::RunContext& context) {
  CheckResult result;
  ByteStream stream(context);
  Conversation conversation(stream, steps_, options_, host_);
  auto task = shake_hands(context, stream, conversation, host_, port_);
  auto outcome = co_await monitor::with_deadline(context.executor(), context.clock(),
                                                 patience_ends(context), std::move(task));
  result.outcome = outcome ? std::move(*outcome) : conversation.interrupted(context);
  result.excerpt = conversation.excerpt();
  stream.report_certificate(result);
  co_return result;
}

}  // namespace hale::checks
