#include "checks/conflicts/port_history.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/checks/conflicts/conflict_world.h"

namespace hale::checks {
namespace {

using monitor::StateStore;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::ConflictWorld;

TEST(PortHistoryTest, LearnsAPortThatAServiceHoldsTwice) {
  ConflictWorld world;
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.look();
  EXPECT_TRUE(world.history.learned().empty());
  world.look();
  ASSERT_EQ(world.history.learned().size(), 1U);
  const LearnedPort& port = *world.history.learned().front();
  EXPECT_EQ(port.unit, "a.service");
  EXPECT_EQ(port.at.port, 9100);
  EXPECT_TRUE(port.expected);
  EXPECT_EQ(port.last - port.first, seconds(10));
}

TEST(PortHistoryTest, LearnsNothingThatSaysNothing) {
  struct Row {
    std::string_view what;
    std::string unit;
    std::string place;
    SocketProtocol protocol = SocketProtocol::kTcp;
    std::string container = {};
  };
  const std::vector<Row> rows = {
      {.what = "the kernel chose the port", .unit = "a.service", .place = "0.0.0.0:40000"},
      {.what = "no service", .unit = "session-1.scope", .place = "0.0.0.0:9100"},
      {.what = "nobody's", .unit = "", .place = "0.0.0.0:9100"},
      {.what = "a Unix socket",
       .unit = "a.service",
       .place = "/run/a.sock",
       .protocol = SocketProtocol::kUnix},
      {.what = "a client's datagrams",
       .unit = "a.service",
       .place = "0.0.0.0:5353",
       .protocol = SocketProtocol::kUdp},
      {.what = "a container's",
       .unit = "a.service",
       .place = "0.0.0.0:9100",
       .protocol = SocketProtocol::kTcp,
       .container = "0123456789ab"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    ConflictWorld world;
    world.add_service("a.service");
    Listener& listener = world.listen(row.unit, row.place);
    listener.protocol = row.protocol;
    listener.container = row.container;
    world.look(3);
    EXPECT_TRUE(world.history.learned().empty());
  }
}

TEST(PortHistoryTest, ExpectsAPortNoMoreAfterAJobThatGaveItUp) {
  ConflictWorld world;
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.look(2);
  world.stop_listening("a.service");
  world.look(10);
  EXPECT_TRUE(world.history.learned().front()->expected) << "nobody did anything";
  world.jobs["a.service"] = world.now;
  world.look(3);
  EXPECT_TRUE(world.history.learned().front()->expected) << "it may still be starting";
  world.look(2);
  EXPECT_FALSE(world.history.learned().front()->expected);
  world.listen("a.service", "127.0.0.1:9100");
  world.look();
  EXPECT_TRUE(world.history.learned().front()->expected) << "it came back";
}

TEST(PortHistoryTest, LearnsNoPortThatComesLongAfterTheStart) {
  ConflictWorld world;
  world.add_service("runner.service");
  world.look();
  world.listen("runner.service", "127.0.0.1:8080");
  world.look(3);
  EXPECT_TRUE(world.history.learned().empty()) << "something that it has started holds it";
  world.units["runner.service"].service->main_started = world.now;
  world.look(3);
  EXPECT_EQ(world.history.learned().size(), 1U);
}

TEST(PortHistoryTest, LearnsNothingOfThoseThatStartThingsForOthers) {
  ConflictWorld world;
  world.add_service("docker.service");
  world.listen("docker.service", "0.0.0.0:8080");
  world.look(3);
  EXPECT_TRUE(world.history.learned().empty());
}

TEST(PortHistoryTest, TakesAStartThatNobodySawForAskedFor) {
  ConflictWorld world;
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.look(2);
  StateStore store;
  world.history.save(store);
  // The agent is away; the service is moved and restarted.
  world.now += hours(5);
  world.stop_listening("a.service");
  Unit& unit = world.units["a.service"];
  unit.service->main_started = world.now - minutes(5);
  world.history = PortHistory();
  world.history.restore(store);
  world.look();
  EXPECT_FALSE(world.history.learned().front()->expected);
  // The same, restarted by systemd.
  unit.service->restarts = 1;
  world.history = PortHistory();
  world.history.restore(store);
  world.look();
  EXPECT_TRUE(world.history.learned().front()->expected);
}

TEST(PortHistoryTest, ForgetsWhatWasNotSeenForAMonth) {
  ConflictWorld world;
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.look(2);
  world.stop_listening("a.service");
  world.now += hours(24 * 29);
  world.look();
  EXPECT_EQ(world.history.learned().size(), 1U);
  world.now += hours(24 * 2);
  world.look();
  EXPECT_TRUE(world.history.learned().empty());
}

TEST(PortHistoryTest, KeepsNoMoreThanItMay) {
  ConflictWorld world;
  for (int i = 0; i < 30; ++i) {
    const std::string unit = "u" + std::to_string(i) + ".service";
    world.add_service(unit);
    for (int port = 1; port <= 100; ++port) {
      world.listen(unit, "127.0.0." + std::to_string(i + 1) + ":" + std::to_string(port));
    }
  }
  world.look(2);
  EXPECT_EQ(world.history.learned().size(), PortHistory::kMostPorts);
  StateStore store;
  world.history.save(store);
  const std::uint64_t version = store.version();
  world.look(3);
  world.history.save(store);
  EXPECT_EQ(store.version(), version) << "those that are learned stay";
}

TEST(PortHistoryTest, OutlivesTheProcess) {
  ConflictWorld world;
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.listen("a.service", "[::1]:9100");
  world.listen("a.service", "9101");
  world.listen("a.service", "127.0.0.1:53").protocol = SocketProtocol::kUdp;
  world.look(2);
  StateStore store;
  world.history.save(store);
  PortHistory restored;
  restored.restore(store);
  const auto before = world.history.learned();
  const auto after = restored.learned();
  ASSERT_EQ(before.size(), 4U);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i]->unit, before[i]->unit);
    EXPECT_EQ(to_string(after[i]->at), to_string(before[i]->at));
    EXPECT_EQ(after[i]->at.protocol, before[i]->at.protocol);
    EXPECT_EQ(after[i]->expected, before[i]->expected);
    EXPECT_LE(before[i]->last - after[i]->last, hours(1));
  }
}

TEST(PortHistoryTest, WritesNothingWhileNothingHappens) {
  ConflictWorld world;
  world.now = monitor::WallTime(std::chrono::sys_days(std::chrono::November / 21 / 2026) +
                                hours(10) + minutes(1));
  world.add_service("a.service");
  world.listen("a.service", "127.0.0.1:9100");
  world.look(2);
  StateStore store;
  world.history.save(store);
  const std::uint64_t version = store.version();
  world.look(100);
  world.history.save(store);
  EXPECT_EQ(store.version(), version);
  world.now += hours(24 * 31);
  world.stop_listening("a.service");
  world.look();
  world.history.save(store);
  EXPECT_TRUE(store.section(PortHistory::kSection).empty());
}

TEST(PortHistoryTest, DropsWhatItCannotRead) {
  const std::vector<monitor::StateRecord> records = {
      {},
      {"a.service", "tcp", "127.0.0.1:9100", "0", "1", "2"},
      {"a.service", "tcp", "127.0.0.1:0", "0", "1", "2", "1"},
      {"a.service", "tcp", "nowhere:9100", "0", "1", "2", "1"},
      {"a.service", "tcp", "/run/a.sock", "0", "1", "2", "1"},
      {"a.service", "tcp", "127.0.0.1:9100", "0", "x", "2", "1"},
      {"a.service", "tcp", "127.0.0.1:9100", "0", "1", "99999999999999", "1"},
      {"another.service", "tcp", "127.0.0.1:9100", "0", "1", "2", "1"},
  };
  for (const monitor::StateRecord& record : records) {
    SCOPED_TRACE(record.empty() ? "" : record[2]);
    StateStore store;
    store.put(PortHistory::kSection, "a.service tcp 127.0.0.1:9100", record);
    PortHistory history;
    history.restore(store);
    EXPECT_TRUE(history.learned().empty());
  }
}

}  // namespace
}  // namespace hale::checks
