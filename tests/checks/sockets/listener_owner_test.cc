#include "checks/sockets/listener_owner.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

Process process(pid_t pid, const std::string& name, const std::string& executable = "") {
  Process made;
  made.pid = pid;
  made.name = name;
  made.executable = executable;
  made.cgroup = "/user.slice/hand";
  return made;
}

// On port 9100, in the group of a unit, or of none that is known where `unit` is empty.
OwnedListener owned(const std::string& unit, std::vector<Process> processes = {},
                    const std::string& address = "0.0.0.0") {
  OwnedListener made;
  made.listener.address = asio::ip::make_address(address);
  made.listener.port = 9100;
  made.listener.inode = 1;
  made.listener.uid = 0;
  made.listener.unit = unit;
  made.listener.cgroup = unit.empty() ? "" : "/system.slice/" + unit;
  made.processes = std::move(processes);
  return made;
}

ListenerQuestion port_9100() {
  ListenerQuestion question;
  question.port = 9100;
  return question;
}

OwnerExpectation unit(const std::string& name) {
  OwnerExpectation expected;
  expected.unit = name;
  return expected;
}

TEST(ListenerOwnerTest, NamesBothWhereTheWrongOneHoldsThePort) {
  const auto outcome =
      judge_owners(port_9100(), unit("nelson-dashboard.service"),
                   {owned("athena-dashboard.service", {process(812, "python3")})}, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, Result::kFail);
  EXPECT_EQ(outcome->reason, Reason::kConflict);
  EXPECT_EQ(outcome->code, "other_owner");
  EXPECT_EQ(outcome->message,
            "port 9100 is held by athena-dashboard.service (pid 812), not "
            "nelson-dashboard.service");
}

TEST(ListenerOwnerTest, JudgesEachThingThatIsExpected) {
  const std::string id(64, 'a');
  OwnedListener container = owned("docker-" + id + ".scope");
  container.listener.container = id;
  OwnedListener by_user = owned("web.service");
  by_user.listener.uid = 33;
  const Process nginx = process(9, "nginx", "/usr/sbin/nginx");
  const Process upgraded = process(9, "nginx", "/usr/sbin/nginx (deleted)");
  const Process foreign = process(9, "nginx");  // the agent may not see what it runs
  OwnedListener nfs = owned("");
  nfs.listener.inode = 0;
  struct Case {
    const char* what;
    OwnerExpectation expected;
    OwnedListener listener;
    Result result;
    Reason reason;
  };
  const auto executable = [](const std::string& path) {
    OwnerExpectation expected;
    expected.executable = path;
    return expected;
  };
  const auto in_container = [](const std::string& name) {
    OwnerExpectation expected;
    expected.container = name;
    return expected;
  };
  const auto user = [](std::optional<uid_t> uid) {
    OwnerExpectation expected;
    expected.user = "www-data";
    expected.uid = uid;
    return expected;
  };
  const Case cases[] = {
      {"unit", unit("a.service"), owned("a.service"), Result::kPass, Reason::kNone},
      {"its socket", unit("a.service"), owned("a.socket"), Result::kPass, Reason::kNone},
      {"other unit", unit("a.service"), owned("b.service"), Result::kFail, Reason::kConflict},
      {"no group", unit("a.service"), owned(""), Result::kUnknown, Reason::kUnsupported},
      {"group of the process", unit("a.service"), owned("", {process(7, "x")}), Result::kFail,
       Reason::kConflict},
      {"systemd for some socket unit", unit("a.service"), owned("", {process(1, "systemd")}),
       Result::kUnknown, Reason::kUnsupported},
      {"the kernel", unit("a.service"), nfs, Result::kFail, Reason::kConflict},
      {"path", executable("/usr/sbin/nginx"), owned("a.service", {nginx}), Result::kPass,
       Reason::kNone},
      {"name", executable("nginx"), owned("a.service", {nginx}), Result::kPass, Reason::kNone},
      {"replaced", executable("/usr/sbin/nginx"), owned("a.service", {upgraded}), Result::kPass,
       Reason::kNone},
      {"other path", executable("/opt/nginx"), owned("a.service", {nginx}), Result::kFail,
       Reason::kConflict},
      {"unseen path", executable("nginx"), owned("a.service", {foreign}), Result::kUnknown,
       Reason::kPermission},
      {"beside systemd", executable("nginx"),
       owned("a.service", {process(1, "systemd", "/lib/systemd/systemd"), nginx}), Result::kPass,
       Reason::kNone},
      {"no process", executable("nginx"), owned("a.service"), Result::kUnknown,
       Reason::kUnsupported},
      {"user", user(33), by_user, Result::kPass, Reason::kNone},
      {"other user", user(33), owned("a.service"), Result::kFail, Reason::kConflict},
      {"no such user", user(std::nullopt), by_user, Result::kUnknown, Reason::kMissing},
      {"container", in_container(id), container, Result::kPass, Reason::kNone},
      {"short id", in_container(id.substr(0, 12)), container, Result::kPass, Reason::kNone},
      {"too short", in_container("aaaa"), container, Result::kFail, Reason::kConflict},
      {"no container", in_container(id), owned("a.service"), Result::kFail, Reason::kConflict},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const Outcome outcome =
        judge_owners(port_9100(), c.expected, {c.listener}, {}).value_or(Outcome::pass(""));
    EXPECT_EQ(to_string(outcome.result), to_string(c.result)) << outcome.message;
    EXPECT_EQ(to_string(outcome.reason), to_string(c.reason)) << outcome.message;
  }
}

TEST(ListenerOwnerTest, SaysWhatIsMissingWhereProcessesMayNotBeSeen) {
  OwnedListener listener = owned("");
  listener.unseen = Outcome::unknown(Reason::kPermission, Phase::kRun, "that takes root");
  const auto outcome = judge_owners(port_9100(), unit("a.service"), {listener}, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reason, Reason::kPermission);
  EXPECT_EQ(outcome->message,
            "cannot tell whether 0.0.0.0:9100 belongs to a.service: that takes root");
}

TEST(ListenerOwnerTest, OneOfSeveralOwnersIsNotEnough) {
  const auto outcome =
      judge_owners(port_9100(), unit("a.service"), {owned("a.service"), owned("b.service")}, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->code, "shared");
  EXPECT_EQ(outcome->message,
            "port 9100 (0.0.0.0:9100) is also held by b.service, not only a.service");
}

TEST(ListenerOwnerTest, AShadowOfAnotherOwnerIsAConflict) {
  ListenerQuestion everywhere = port_9100();
  everywhere.address = asio::ip::make_address("0.0.0.0");
  const OwnedListener loopback = owned("b.service", {process(812, "x")}, "127.0.0.1");
  const auto outcome =
      judge_owners(everywhere, unit("a.service"), {owned("a.service")}, {loopback});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->code, "shadowed");
  EXPECT_EQ(outcome->message,
            "127.0.0.1:9100 is held by b.service (pid 812) and takes what is meant for a.service "
            "on 0.0.0.0:9100");
  EXPECT_FALSE(judge_owners(everywhere, unit("a.service"), {owned("a.service")},
                            {owned("a.service", {}, "127.0.0.1")}));
}

TEST(ListenerOwnerTest, WithoutAnExpectationAPortMayNotBeSharedByUnits) {
  const auto shared =
      judge_owners(port_9100(), {}, {owned("a.service"), owned("b.service", {}, "127.0.0.1")}, {});
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->reason, Reason::kConflict);
  EXPECT_EQ(shared->message, "port 9100 is shared by a.service and b.service");
  EXPECT_FALSE(judge_owners(port_9100(), {}, {owned("a.service"), owned("a.service")}, {}));
  EXPECT_FALSE(judge_owners(port_9100(), {}, {owned("a.service"), owned("a.socket")}, {}));
  EXPECT_FALSE(judge_owners(port_9100(), {}, {owned("a.service"), owned("")}, {}));
  EXPECT_FALSE(
      judge_owners(port_9100(), {},
                   {owned("a.service", {}, "127.0.0.1"), owned("b.service", {}, "127.0.0.2")}, {}))
      << "they do not overlap";
}

TEST(ListenerOwnerTest, SaysWhoListensInsteadOfNobody) {
  EXPECT_EQ(nobody_listens(port_9100(), {}, {}, {}).message, "nobody listens on port 9100");
  Listener instead = owned("a.service").listener;
  instead.port = 9101;
  const Outcome outcome =
      nobody_listens(port_9100(), unit("a.service"),
                     {owned("b.service", {process(812, "x")}, "127.0.0.1")}, {instead});
  EXPECT_EQ(outcome.reason, Reason::kMissing);
  EXPECT_EQ(outcome.message,
            "nobody listens on port 9100; b.service (pid 812) listens on 127.0.0.1:9100; a.service "
            "listens on 0.0.0.0:9101");
}

TEST(ListenerOwnerTest, DescribesWhoeverItIs) {
  OwnedListener kernel = owned("");
  kernel.listener.inode = 0;
  Process child = process(8, "worker");
  child.parent = 7;
  OwnedListener unknown = owned("");
  unknown.listener.uid = 1000;
  const struct {
    OwnedListener listener;
    const char* text;
  } cases[] = {
      {owned("a.service"), "a.service"},
      {owned("a.service", {child, process(7, "main")}), "a.service (pid 7)"},
      {owned("", {process(12, "python3")}), "python3 of no unit (pid 12)"},
      {kernel, "the kernel"},
      {unknown, "a process of user 1000"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(owner_text(c.listener), c.text);
  }
}

}  // namespace
}  // namespace hale::checks
