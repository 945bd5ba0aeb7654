// Runs the tests where each may have a systemd of its own: see enter.sh. `--gtest_list_tests` asks
// for no such place.
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

int main(int count, char** words) {
  bool lists = false;
  for (int i = 1; i < count; ++i) {
    lists = lists || std::string_view(words[i]).starts_with("--gtest_list_tests");
  }
  if (!lists && ::getenv("HALE_SYSTEMD_WORLD") == nullptr &&
      ::getenv("HALE_NO_SYSTEMD") == nullptr) {
    char path[4096] = {};
    if (::readlink("/proc/self/exe", path, sizeof path - 1) > 0) {
      char script[] = HALE_SOURCE_DIR "/tests/systemd/enter.sh";
      std::vector<char*> command = {script, path};
      command.insert(command.end(), words + 1, words + count);
      command.push_back(nullptr);
      ::execv(script, command.data());
    }
    ::setenv("HALE_NO_SYSTEMD", "tests/systemd/enter.sh does not start", 1);
  }
  ::testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}
