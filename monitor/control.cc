#include "monitor/control.h"

#include <utility>

#include <asio/post.hpp>

#include "monitor/schedule/engine.h"

namespace hale::monitor {

template <class Command>
void Control::post(ReplyHandler reply, Command command) {
  if (outstanding_->fetch_add(1) >= kMaxOutstanding) {
    outstanding_->fetch_sub(1);
    rejected_.fetch_add(1, std::memory_order_relaxed);
    CommandError error;
    error.kind = CommandErrorKind::kOverloaded;
    error.message = "too many commands are waiting";
    return reply(std::unexpected(std::move(error)));
  }
  auto counted = [outstanding = outstanding_,
                  reply = std::move(reply)](std::expected<CommandReply, CommandError> answer) {
    outstanding->fetch_sub(1);
    reply(std::move(answer));
  };
  asio::post(executor_, [command = std::move(command), counted = std::move(counted)]() mutable {
    command(std::move(counted));
  });
}

void Control::run(std::string name, ReplyHandler reply) {
  post(std::move(reply), [&engine = engine_, name = std::move(name)](ReplyHandler counted) {
    engine.run_now(name, std::move(counted));
  });
}

void Control::pause(std::string name, PauseRequest request, ReplyHandler reply) {
  post(std::move(reply),
       [&engine = engine_, name = std::move(name), request = std::move(request)](
           ReplyHandler counted) { engine.pause(name, request, std::move(counted)); });
}

void Control::resume(std::string name, ReplyHandler reply) {
  post(std::move(reply), [&engine = engine_, name = std::move(name)](ReplyHandler counted) {
    engine.resume(name, std::move(counted));
  });
}

void Control::report(std::string name, std::string token, Report report, ReplyHandler reply) {
  post(std::move(reply), [&engine = engine_, name = std::move(name), token = std::move(token),
                          report = std::move(report)](ReplyHandler counted) mutable {
    engine.report(name, token, std::move(report), std::move(counted));
  });
}

}  // namespace hale::monitor
