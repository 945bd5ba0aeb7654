#include "checks/http/open_connection.h"

#include <optional>
#include <string>
#include <utility>

#include "monitor/runtime/first_of.h"

namespace hale::checks::http {
namespace {

using asio::ip::tcp;
using monitor::Outcome;

struct Attempt {
  asio::error_code error;
  std::unique_ptr<Socket> socket;
};

monitor::Task<Attempt> attempt(monitor::Executor executor, tcp::endpoint endpoint) {
  Attempt made;
  made.socket = std::make_unique<Socket>(executor);
  made.error = co_await connect(*made.socket, endpoint);
  co_return made;
}

}  // namespace

monitor::Task<std::expected<Connected, Outcome>> open_connection(
    Progress& progress, std::vector<asio::ip::address> addresses, std::uint16_t port,
    monitor::TimePoint until) {
  progress.enter(monitor::Phase::kConnect);
  monitor::RunContext& context = progress.context();
  std::vector<Outcome> failures;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const tcp::endpoint endpoint(addresses[i], port);
    const std::string peer = endpoint_text(endpoint);
    progress.set_peer(peer);
    const monitor::TimePoint now = context.clock().now();
    const auto share = (until - now) / static_cast<std::int64_t>(addresses.size() - i);
    auto task = attempt(context.executor(), endpoint);
    auto ended = co_await monitor::with_deadline(context.executor(), context.clock(), now + share,
                                                 std::move(task));
    const std::string prefix = addresses.size() > 1 ? peer + ": " : "";
    if (!ended) {
      failures.push_back(connect_timeout(share, prefix));
    } else if (ended->error) {
      failures.push_back(connect_failure(ended->error, prefix));
    } else {
      progress.tell("connected to " + peer);
      co_return Connected{.socket = std::move(ended->socket), .peer = endpoint};
    }
    if (progress.verbose()) {
      progress.tell(peer + ": " + failures.back().message);
    }
  }
  co_return std::unexpected(merge_failures(std::move(failures)));
}

}  // namespace hale::checks::http
