#include "ingest/statsd_listener.h"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/datagram_sender.h"
#include "tests/support/eventually.h"
#include "tests/support/probe_folder.h"

namespace hale::ingest {
namespace {

using namespace std::string_view_literals;
using monitor::ListeningSocket;
using monitor::OperationsView;
using testing::eventually;
using Sender = testing::DatagramSender;

class StatsdListenerTest : public ::testing::Test {
 protected:
  StatsdListenerTest() {
    std::vector<ListeningSocket> sockets =
        ListeningSocket::open_all(
            {monitor::parse_listen_address("127.0.0.1:0").value(),
             monitor::parse_listen_address("unix:" + (folder_.path() / "statsd.sock").string())
                 .value()},
            monitor::Transport::kDatagram)
            .value();
    udp_ = sockets[0].address();
    unix_ = sockets[1].address();
    listener_ = std::make_unique<StatsdListener>(
        std::move(sockets), 1e-3, operations_, clock_,
        StatsdListener::Handlers{.on_service_check =
                                     [this](ServiceCheck check) {
                                       const std::lock_guard lock(mutex_);
                                       checks_.push_back(std::move(check));
                                     },
                                 .log = [](std::string_view) {}});
    listener_->start();
  }

  std::shared_ptr<const OperationsView> view() { return operations_.view(clock_.now()); }
  std::uint64_t passed(std::string_view name) {
    for (const auto& operation : view()->operations) {
      if (operation->name == name) {
        return operation->passed;
      }
    }
    return 0;
  }

  asio::io_context loop_;
  monitor::RealClock clock_{loop_};
  monitor::Operations operations_{{}, clock_.now()};
  test::ProbeFolder folder_;
  monitor::ListenAddress udp_;
  monitor::ListenAddress unix_;
  std::mutex mutex_;
  std::vector<ServiceCheck> checks_;  // guarded by mutex_
  std::unique_ptr<StatsdListener> listener_;
};

TEST_F(StatsdListenerTest, TakesDatagramsOfBothKinds) {
  ASSERT_TRUE(Sender(udp_).send("over_udp:12|ms\nover_udp:13|ms"));
  ASSERT_TRUE(Sender(unix_).send("over_unix:1:2:3|d"));
  EXPECT_TRUE(eventually([&] { return passed("over_udp") == 2 && passed("over_unix") == 3; }));
  EXPECT_EQ(view()->ingest.datagrams, 2U);
}

TEST_F(StatsdListenerTest, LosesNothingOfABurst) {
  const Sender sender(unix_);  // which waits where it is full
  constexpr int kCount = 5000;
  for (int i = 0; i < kCount; ++i) {
    ASSERT_TRUE(sender.send("burst:1|ms"));
  }
  EXPECT_TRUE(eventually([&] { return passed("burst") == kCount; })) << passed("burst");
  EXPECT_EQ(view()->ingest.datagrams, static_cast<std::uint64_t>(kCount));
}

TEST_F(StatsdListenerTest, TakesTheWholeLinesOfADatagramThatIsTooLong) {
  std::string datagram;
  while (datagram.size() < StatsdListener::kMaxDatagram + 100) {
    datagram += "long:1|ms\n";
  }
  ASSERT_TRUE(Sender(unix_).send(datagram));
  EXPECT_TRUE(eventually([&] { return view()->ingest.truncated == 1; }));
  EXPECT_EQ(passed("long"), StatsdListener::kMaxDatagram / 10);
  for (const std::uint64_t rejected : view()->ingest.rejected[0]) {
    EXPECT_EQ(rejected, 0U);
  }
}

TEST_F(StatsdListenerTest, GarbageHurtsNobody) {
  const Sender sender(udp_);
  ASSERT_TRUE(sender.send("\0\xFF|:|\n|||\n::::\n"sv));
  ASSERT_TRUE(sender.send(""));
  ASSERT_TRUE(sender.send("after:1|ms"));
  EXPECT_TRUE(eventually([&] { return passed("after") == 1; }));
}

TEST_F(StatsdListenerTest, HandsServiceChecksOn) {
  ASSERT_TRUE(Sender(udp_).send("_sc|backup|2|m:disk full"));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex_);
    return checks_.size() == 1 && checks_[0].name == "backup";
  }));
}

TEST_F(StatsdListenerTest, StopsWhileDatagramsCome) {
  std::atomic<bool> done = false;
  std::thread flood([&] {
    const Sender sender(udp_);
    while (!done) {
      sender.send("a:1:2:3|ms");
    }
  });
  EXPECT_TRUE(eventually([&] { return passed("a") > 100; }));
  listener_->stop();
  listener_->stop();
  const std::uint64_t before = view()->ingest.datagrams;
  Sender(udp_).send("a:1|ms");
  EXPECT_EQ(view()->ingest.datagrams, before);
  done = true;
  flood.join();
}

}  // namespace
}  // namespace hale::ingest
