// What a check costs beside its rivals: the CPU time of each, measured in turns, so that what else
// the machine does hits all alike. Medians are printed, and ratios of medians' rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "monitor/schedule/engine.h"
#include "tests/bench/check_engine.h"

namespace hale::bench {

struct CpuTime {
  double user_us = 0;
  double kernel_us = 0;
  double total_us() const { return user_us + kernel_us; }
};

CpuTime thread_cpu();    // of this thread, so far
CpuTime process_cpu();   // of this process, all its threads
CpuTime children_cpu();  // of its children that have ended

CpuTime per_check(const CpuTime& before, const CpuTime& after, std::uint64_t checks);

struct Contender {
  std::string name;
  std::function<CpuTime()> measure;  // a check's, over one round
  std::string figure;                // of DESIGN.md
};

// Of the last contender to the one numbered `to`.
struct Ratio {
  std::size_t to = 0;
  std::string wanted;  // "at most 1.3"
};

struct Comparison {
  std::string title;
  std::string about;
  int rounds = 5;
  std::vector<Contender> contenders;
  std::vector<Ratio> ratios;
};

// As a section of docs/benchmarks.md.
void compare(const Comparison& comparison);

// One round of an engine that was just built: its thread's CPU for each run that it starts within
// `measured`, after `warm_up`. All its checks are healthy at the end.
CpuTime measure_engine(CheckEngine& engine, monitor::Duration warm_up, monitor::Duration measured);

}  // namespace hale::bench
