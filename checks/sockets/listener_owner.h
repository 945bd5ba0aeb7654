// Whose a listener is, whose it should be, and what that means. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/proc/process_list.h"
#include "checks/sockets/listener.h"
#include "checks/sockets/listener_question.h"
#include "monitor/check_result.h"

namespace hale::checks {

// What must hold for the owner; what is empty or absent is not asked for.
struct OwnerExpectation {
  std::string unit;          // "nginx.service"
  std::string executable;    // a path, or a name without one
  std::string user;          // as the user of hale wrote it
  std::optional<uid_t> uid;  // of that user
  std::string container;     // its id, or at least 12 digits of it; or a name

  bool any() const {
    return !unit.empty() || !executable.empty() || !user.empty() || !container.empty();
  }
};

// "nelson-dashboard.service", "user www-data"
std::string to_string(const OwnerExpectation& expected);

// What is known of one listener's owner.
struct OwnedListener {
  Listener listener;
  std::vector<Process> processes;          // that hold it; empty where nobody asked or none is seen
  std::optional<monitor::Outcome> unseen;  // why the processes could not be looked at
};

// Whether the control group says whose it is. That of the root is everybody's.
bool has_group(const Listener& listener);

// Whether judging takes the processes that hold it.
bool needs_processes(const OwnerExpectation& expected, const Listener& listener);

// "athena-dashboard.service (pid 812)", "python3 of no unit (pid 12)", "the kernel"
std::string owner_text(const OwnedListener& owned);

// What is wrong with the owners: fail, `conflict`, or unknown where they cannot be told; nothing
// where they are as they should be. Without an expectation, all that overlap have to be of one
// unit.
std::optional<monitor::Outcome> judge_owners(const ListenerQuestion& question,
                                             const OwnerExpectation& expected,
                                             const std::vector<OwnedListener>& takers,
                                             const std::vector<OwnedListener>& shadows);

// Nobody listens: fail, `missing`. `elsewhere` has the same port at other addresses, `instead` is
// what the owner that was expected listens on.
monitor::Outcome nobody_listens(const ListenerQuestion& question, const OwnerExpectation& expected,
                                const std::vector<OwnedListener>& elsewhere,
                                const std::vector<Listener>& instead);

}  // namespace hale::checks
