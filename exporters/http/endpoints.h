// The endpoints of the status API: each turns one call into an answer, an error, or a wait for the
// engine. Apart from `metrics`, which also looks at this process, those that read are pure
// functions of the call. HTTP thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exporters/http/api.h"
#include "exporters/http/message.h"
#include "exporters/http/target.h"
#include "monitor/board.h"

namespace hale::exporters {

struct Call {
  Sources& sources;
  const Target& target;
  std::string name;       // {name} in the path
  std::string_view body;  // JSON or empty
  std::string_view accept;
  std::string_view accept_encoding;
  std::string_view authorization;
  std::shared_ptr<const monitor::BoardView> view;
  bool alive = false;  // Board::alive()
};

// probes.cc. These also answer before the board was first published (`view` is null).
Result<Reply> livez(const Call& call);
Result<Reply> readyz(const Call& call);
Result<Reply> healthz(const Call& call);

// read_endpoints.cc
Result<Reply> index(const Call& call);  // `view` may be null
Result<Reply> metrics(const Call& call);
Result<Reply> status(const Call& call);
Result<Reply> checks(const Call& call);
Result<Reply> check(const Call& call);
Result<Reply> history(const Call& call);
Result<Reply> findings(const Call& call);
Result<Reply> events(const Call& call);
Result<Reply> configuration(const Call& call);  // `view` may be null

// command_endpoints.cc
Result<Reply> run(const Call& call);
Result<Reply> pause(const Call& call);
Result<Reply> resume(const Call& call);
Result<Reply> heartbeat(const Call& call);

// operation_endpoints.cc; neither needs `view`
Result<Reply> operations(const Call& call);
Result<Reply> observe(const Call& call);

// The check that was asked for by name, or the nearest name in the error.
Result<std::shared_ptr<const monitor::CheckView>> find_check(const monitor::BoardView& view,
                                                             std::string_view name);
// An error unless a group or a check's group has that name.
Result<void> expect_group(const monitor::BoardView& view, std::string_view name);

}  // namespace hale::exporters
