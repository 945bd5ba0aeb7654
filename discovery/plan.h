// What is worth watching on a host, and what is not and why: from the picture to checks, each with
// its reason. Pure.
#pragma once

#include <string>
#include <vector>

#include "discovery/picture.h"
#include "monitor/check_registry.h"
#include "monitor/finding.h"
#include "monitor/parameters.h"

namespace hale::discovery {

struct PlannedCheck {
  std::string name;  // valid, and unique in the plan
  std::string group;
  std::string type;
  bool critical = false;
  std::vector<std::string> comment;  // why it is there, what was seen, why it is critical or not
  monitor::Parameters keys;
};

struct PlannedGroup {
  std::string name;
  std::string title;
  int order = 0;
};

struct Plan {
  std::string bus = "system";         // of the key [systemd].bus
  std::vector<PlannedGroup> groups;   // those that have checks, by order
  std::vector<PlannedCheck> checks;   // group by group
  std::vector<std::string> left_out;  // lines; sorted, each once
  std::vector<monitor::Finding> conflicts;
  std::vector<monitor::Finding> risks;
  std::vector<Unseen> unseen;
};

// Only checks of types that the registry has.
Plan make_plan(const Picture& picture, const monitor::CheckRegistry& registry);

// The names of the programs that keep a clock right.
bool keeps_time(const std::string& program);

}  // namespace hale::discovery
