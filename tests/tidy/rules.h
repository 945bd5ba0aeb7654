// The rules of the house that a machine can check in one source file and that neither the compiler
// nor clang-tidy knows. Each names what to write instead. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace hale::tidy {

struct Finding {
  std::string path;
  int line = 0;
  std::string what;
};

using Findings = std::vector<Finding>;

// rules.cc
void check_bans(const Source& source, Findings& findings);
void check_includes(const Source& source, Findings& findings);
void check_size(const Source& source, Findings& findings);
void check_header(const Source& source, Findings& findings);

// coroutine_rules.cc: what g++ 12.2 miscompiles (docs: see STYLE, Coroutines) and what dangles.
void check_capturing_coroutines(const Source& source, Findings& findings);
void check_co_await_stands_alone(const Source& source, Findings& findings);

Findings check(const Source& source);  // all of them

}  // namespace hale::tidy
