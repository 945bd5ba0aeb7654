// The API over a board made by hand, a clock that stands still and an engine that only notes what
// it is asked for.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>

#include "exporters/http/api.h"
#include "tests/exporters/sample_board.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {

// Keeps the replies for the test to give, from any thread.
class FakeCommands final : public exporters::Commands {
 public:
  struct Asked {
    std::string command;
    std::string name;
    monitor::PauseRequest request;
    monitor::ReplyHandler reply;
    std::string token = {};
    monitor::Report report = {};
  };

  void run(std::string name, monitor::ReplyHandler reply) override {
    note({"run", std::move(name), {}, std::move(reply)});
  }
  void pause(std::string name, monitor::PauseRequest request,
             monitor::ReplyHandler reply) override {
    note({"pause", std::move(name), std::move(request), std::move(reply)});
  }
  void resume(std::string name, monitor::ReplyHandler reply) override {
    note({"resume", std::move(name), {}, std::move(reply)});
  }
  void report(std::string name, std::string token, monitor::Report report,
              monitor::ReplyHandler reply) override {
    note({"report", std::move(name), {}, std::move(reply), std::move(token), std::move(report)});
  }
  std::uint64_t rejected() const override { return 5; }

  std::vector<Asked> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  void note(Asked asked) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(asked));
  }

  std::mutex mutex_;
  std::vector<Asked> asked_;
};

inline monitor::OperationsSettings operations_settings() {
  monitor::OperationsSettings settings;
  settings.labels = {"model"};
  settings.max_operations = 3;
  return settings;
}

struct ApiWorld {
  asio::io_context loop;
  SimClock clock{loop};
  monitor::Board board;
  FakeCommands commands;
  monitor::Operations operations{operations_settings(), clock.now()};
  exporters::Api api{
      {.board = board,
       .clock = clock,
       .commands = commands,
       .operations = operations,
       .http_stats =
           [] { return exporters::HttpStats{.requests = 1, .connections = 2, .refused = 3}; },
       .configuration = "[agent]\n",
       .metrics = {}}};

  // Alive, and the sample board is out.
  ApiWorld() {
    board.beat(clock.now());
    board.publish(sample_board());
  }

  exporters::Reply handle(std::string_view method, std::string_view target,
                          std::string_view body = "",
                          std::string_view content_type = "application/json") {
    return api.handle(
        {.method = method, .target = target, .content_type = content_type, .body = body});
  }
  exporters::Response get(std::string_view target) {
    return std::get<exporters::Response>(handle("GET", target));
  }
};

}  // namespace hale::testing
