#include "checks/proc/process_text.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

std::string stat_of(const std::string& name) {
  return "812 (" + name +
         ") S 1 812 812 0 -1 4194560 1000 2000 3 4 150 250 5 6 20 0 7 0 98765 123456789 2048 "
         "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n";
}

TEST(ProcessTextTest, ReadsStatWhateverTheNameIs) {
  for (const std::string name : {"nginx", "a b", ") S 1 (", "))", "(sd-pam)", "", "x\ny"}) {
    SCOPED_TRACE(name);
    const auto stat = parse_process_stat(stat_of(name));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->pid, 812);
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, 1);
    EXPECT_EQ(stat->flags, 4194560U);
    EXPECT_EQ(stat->user_ticks, 150U);
    EXPECT_EQ(stat->system_ticks, 250U);
    EXPECT_EQ(stat->threads, 7U);
    EXPECT_EQ(stat->start_ticks, 98765U);
    EXPECT_EQ(stat->resident_pages, 2048U);
  }
}

TEST(ProcessTextTest, RefusesWhatIsNoStat) {
  const std::string whole = stat_of("x");
  for (const std::string& text :
       {std::string(), std::string("812"), std::string("812 (x"), std::string(") ("),
        std::string("(x) S"), whole.substr(0, 60), std::string("y (x) S 1 2 3")}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_process_stat(text));
  }
}

TEST(ProcessTextTest, ReadsTheEffectiveUserAndTheSwitches) {
  const auto status = parse_process_status(
      "Name:\tnginx\nUid:\t1000\t33\t0\t0\nvoluntary_ctxt_switches:\t12\n"
      "nonvoluntary_ctxt_switches:\t3\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->uid, 33U);
  EXPECT_EQ(status->switches, 15U);
  EXPECT_FALSE(parse_process_status("Name:\tnginx\n"));
  EXPECT_FALSE(parse_process_status("Uid:\t1000\n"));
}

TEST(ProcessTextTest, TakesACommandLineApart) {
  using Arguments = std::vector<std::string>;
  EXPECT_EQ(parse_command_line(std::string("a\0b c\0", 6)), (Arguments{"a", "b c"}));
  EXPECT_EQ(parse_command_line(std::string("a\0\0b\0", 5)), (Arguments{"a", "", "b"}));
  EXPECT_EQ(parse_command_line(std::string("nginx: worker\0\0\0\0", 17)),
            (Arguments{"nginx: worker"}));
  EXPECT_EQ(parse_command_line(""), Arguments());
}

TEST(ProcessTextTest, FindsTheLimitOfOpenFiles) {
  EXPECT_EQ(parse_open_files_limit("Limit  Soft Limit  Hard Limit  Units\n"
                                   "Max open files            1024                 524288   "
                                   "            files     \n"),
            1024U);
  EXPECT_EQ(parse_open_files_limit("Max open files            unlimited            unlimited\n"),
            std::nullopt);
  EXPECT_EQ(parse_open_files_limit(""), std::nullopt);
}

TEST(ProcessTextTest, ReadsThePidInAFile) {
  const struct {
    const char* text;
    std::optional<pid_t> pid;
  } cases[] = {
      {"812\n", 812},
      {"812", 812},
      {" 812 \n", 812},
      {"812\r\n", 812},
      {"812\n/var/lib\n", 812},
      {"", std::nullopt},
      {"x", std::nullopt},
      {"0", std::nullopt},
      {"-1", std::nullopt},
      {"812 x", std::nullopt},
      {"99999999999", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_pid_file(c.text), c.pid);
  }
}

}  // namespace
}  // namespace hale::checks
