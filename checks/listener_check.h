// Check type `listener`: whether somebody listens on a port or a Unix socket, whether it is who it
// should be, and whether connections get through. An answer by the wrong owner is a failure.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/sockets/listener_claims.h"
#include "checks/sockets/listener_owner.h"
#include "checks/sockets/listener_question.h"
#include "checks/sockets/listener_watch.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& listener_descriptor();

struct ListenerOptions {
  ListenerQuestion question;
  OwnerExpectation owner;
  std::optional<bool> connect;  // absent: unless that would start a service
};

class ListenerCheck final : public monitor::Check {
 public:
  explicit ListenerCheck(ListenerOptions options);
  std::string target() const override { return to_string(options_.question); }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  using Owned = std::vector<OwnedListener>;

  void claim(monitor::RunContext& context);
  monitor::Task<std::optional<monitor::Outcome>> find_user(monitor::RunContext& context);
  // All of them, or those whose owner cannot be told without.
  monitor::Task<Owned> with_processes(monitor::RunContext& context, std::vector<Listener> listeners,
                                      bool all);
  // Of a Unix socket whose holders the agent may not see: whom a connection names.
  monitor::Task<> ask_socket(monitor::RunContext& context, Owned& takers);
  monitor::Task<monitor::Outcome> explain_nobody(monitor::RunContext& context,
                                                 std::vector<Listener> elsewhere,
                                                 std::shared_ptr<const Listeners> listeners);
  monitor::Task<monitor::Outcome> judge(monitor::RunContext& context, ListenerSelection selection,
                                        Owned& takers);
  monitor::Task<std::optional<monitor::Outcome>> reach(monitor::RunContext& context, Owned takers);
  monitor::Task<std::optional<monitor::Outcome>> reach_path(monitor::RunContext& context,
                                                            Owned takers);
  bool connects_to(const OwnedListener& owned) const;

  ListenerOptions options_;
  std::shared_ptr<const ListenerClaim> claim_;
};

}  // namespace hale::checks
