#include "exporters/prometheus/process_stats.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace hale::exporters {
namespace {

// A /proc of our own, removed with its contents.
class FakeProc {
 public:
  FakeProc() {
    std::string path = (std::filesystem::temp_directory_path() / "hale-proc-XXXXXX").string();
    root_ = mkdtemp(path.data());
    std::filesystem::create_directories(root_ / "self" / "fd");
  }
  ~FakeProc() { std::filesystem::remove_all(root_); }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name) << text;
  }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

TEST(ProcessStatsTest, ReadsAProgramWithAnAwkwardName) {
  const FakeProc proc;
  const auto hertz = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  proc.write("self/stat",
             "7 (a) (b c) S 1 7 7 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 5 0 1000 99999999 300 "
             "18446744073709551615 1 1 0 0 0\n");
  proc.write("stat", "cpu  1 2 3\nbtime 1763750000\nprocesses 5\n");
  for (int i = 0; i < 4; ++i) {
    proc.write("self/fd/" + std::to_string(i), "");
  }
  const ProcessStats stats = read_process_stats(proc.root());
  EXPECT_DOUBLE_EQ(stats.cpu_seconds.value(), 200 / hertz);
  EXPECT_EQ(stats.resident_bytes, 300 * page);
  EXPECT_DOUBLE_EQ(stats.start_time_seconds.value(), 1763750000 + 1000 / hertz);
  EXPECT_EQ(stats.open_fds, 3U);  // a real one holds the descriptor that reads it
}

TEST(ProcessStatsTest, LeavesOutWhatItCannotRead) {
  const FakeProc proc;
  for (const char* stat : {"", "7 (hale", "7 (hale) S 1 2", "7 (hale) S x x x x x x x x x x y z"}) {
    SCOPED_TRACE(stat);
    proc.write("self/stat", stat);
    const ProcessStats stats = read_process_stats(proc.root());
    EXPECT_EQ(stats.cpu_seconds, std::nullopt);
    EXPECT_EQ(stats.resident_bytes, std::nullopt);
    EXPECT_EQ(stats.start_time_seconds, std::nullopt);
    EXPECT_EQ(stats.open_fds, std::nullopt);
  }
}

TEST(ProcessStatsTest, KnowsThisProcess) {
  const ProcessStats stats = read_process_stats();
  EXPECT_GE(stats.cpu_seconds.value(), 0);
  EXPECT_GT(stats.resident_bytes.value(), 1'000'000U);
  EXPECT_GE(stats.open_fds.value(), 3U);
  EXPECT_GT(stats.start_time_seconds.value(), 1.6e9);
}

}  // namespace
}  // namespace hale::exporters
