#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/world.h"

namespace hale::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr std::uint64_t kRepeatEvery = 20;
constexpr std::uint64_t kAtLeast = 100;  // of each fault, over all seeds

// A number from the environment; absent: not set.
std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') {
    return std::nullopt;
  }
  return std::stoull(text);
}

// The seeds that once found something, one a line; `#` begins a comment.
std::vector<std::uint64_t> kept_seeds() {
  std::ifstream file(HALE_SOURCE_DIR "/tests/sim/seeds.txt");
  EXPECT_TRUE(file) << "tests/sim/seeds.txt";
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t") != std::string::npos) {
      seeds.push_back(std::stoull(line));
    }
  }
  return seeds;
}

std::vector<std::uint64_t> seeds_to_run() {
  if (const auto only = number_from("HALE_SIM_SEED")) {
    return {*only};
  }
  std::vector<std::uint64_t> seeds = kept_seeds();
  const std::uint64_t last = number_from("HALE_SIM_SEEDS").value_or(kSeeds);
  for (std::uint64_t seed = 1; seed <= last; ++seed) {
    seeds.push_back(seed);
  }
  return seeds;
}

void report(std::uint64_t seed, const SeedReport& seen) {
  ADD_FAILURE() << "seed=" << seed << " breaks the rule \"" << to_string(seen.violation->rule)
                << "\": " << seen.violation->what << "\n(alone: HALE_SIM_SEED=" << seed << ")\n"
                << seen.last_lines;
}

TEST(SimulationTest, EveryRuleHoldsInEverySwarmAndEveryFaultHappensOftenEnough) {
  const std::vector<std::uint64_t> seeds = seeds_to_run();
  FaultCounts counts;
  Duration simulated{};
  std::uint64_t runs = 0;
  for (const std::uint64_t seed : seeds) {
    const SeedReport seen = run_seed(seed);
    if (seen.violation) {
      report(seed, seen);
    }
    counts.add(seen.counts);
    simulated += seen.simulated;
    runs += seen.runs;
    if (seed % kRepeatEvery == 0 || seeds.size() == 1) {
      const SeedReport again = run_seed(seed);
      EXPECT_EQ(again.trace_hash, seen.trace_hash) << "seed=" << seed << " is not repeatable";
      EXPECT_EQ(again.last_random, seen.last_random) << "seed=" << seed << " is not repeatable";
    }
  }
  std::cout << seeds.size() << " seeds, " << simulated / std::chrono::hours(1) << " hours, " << runs
            << " runs\n";
  for (int fault = 0; fault < kFaultCount; ++fault) {
    const std::uint64_t count = counts.of(static_cast<Fault>(fault));
    std::cout << "  " << count << "  " << to_string(static_cast<Fault>(fault)) << "\n";
    if (seeds.size() >= kSeeds) {
      EXPECT_GE(count, kAtLeast) << to_string(static_cast<Fault>(fault));
    }
  }
}

TEST(SimulationTest, SeedsDifferAndTheSameSeedIsTheSameDownToTheLastRandomNumber) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const SeedReport first = run_seed(seed);
    const SeedReport second = run_seed(seed);
    EXPECT_EQ(first.trace_hash, second.trace_hash);
    EXPECT_EQ(first.last_random, second.last_random);
    EXPECT_EQ(first.simulated, second.simulated);
    hashes.insert(first.trace_hash);
  }
  EXPECT_EQ(hashes.size(), 5U);
}

}  // namespace
}  // namespace hale::sim
