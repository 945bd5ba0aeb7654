#include "discovery/recognise.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/keys.h"
#include "tests/discovery/made_picture.h"

namespace hale::discovery {
namespace {

std::string id_of(const Program& program, const std::string& unit = "") {
  const Recognised recognised = recognise(program, unit);
  return recognised.service == nullptr ? "" : std::string(recognised.service->id);
}

TEST(RecogniseTest, KnowsProgramsArgumentsAndUnits) {
  struct Case {
    Program program;
    std::string unit;
    std::string id;
  };
  const std::vector<Case> cases = {
      {{.name = "nginx"}, "web.service", "nginx"},
      {{.name = "redis-server", .file = "redis-check-rdb"}, "", "redis"},
      {{.name = "postgres"}, "postgresql@15-main.service", "postgresql"},
      {{.name = "mariadbd"}, "", "mysql"},
      {{.name = "postgres_exporter"}, "", "exporter"},
      {{.name = "prometheus-node-exporter"}, "", "exporter"},
      {{.name = "prometheus"}, "", "prometheus"},
      {{.name = "java", .command = {"java", "-cp", "x", "kafka.Kafka"}}, "", "kafka"},
      {{.name = "api", .file = "python3.11", .command = {"python3", "-m", "vllm.server"}},
       "",
       "vllm"},
      {{.name = "vim", .file = "vim", .command = {"vim", "vllm.py"}}, "", ""},
      {{.name = "master"}, "postfix@-.service", "postfix"},
      {{.name = "systemd"}, "ssh.socket", "sshd"},
      {{.name = "java", .command = {"java", "-jar", "shop.jar"}}, "shop.service", ""},
      {{}, "", ""},
      {{.name = "nginx-like"}, "", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.program.name + " " + c.unit);
    EXPECT_EQ(id_of(c.program, c.unit), c.id);
  }
}

TEST(RecogniseTest, EveryKnownServiceHasANameAndAReason) {
  std::set<std::string_view> ids;
  for (const KnownService& service : known_services()) {
    SCOPED_TRACE(service.id);
    EXPECT_TRUE(ids.insert(service.id).second);
    EXPECT_TRUE(config::is_name(service.id));
    EXPECT_FALSE(service.title.empty());
    EXPECT_FALSE(service.why.empty());
    EXPECT_FALSE(service.programs.empty() && service.arguments.empty() && service.units.empty());
  }
}

// What discover writes was run with these keys: a type that renames one must not be missed.
TEST(RecogniseTest, EveryTrialOfEveryServiceIsACheck) {
  for (const KnownService& service : known_services()) {
    std::vector<std::uint16_t> ports = {443, 465, 8080};
    for (const KnownPort& port : service.ports) {
      ports.push_back(port.port);
    }
    for (const std::uint16_t port : ports) {
      for (const std::string address : {"0.0.0.0", "::1", "10.0.0.5"}) {
        const Endpoint endpoint = made_endpoint(port, "", "", {address});
        for (const Trial& trial : trials_of(endpoint, &service)) {
          SCOPED_TRACE(std::string(service.id) + " " + std::to_string(port) + " " + trial.saw);
          const monitor::CheckDescriptor* type = all_types().find(trial.type);
          ASSERT_NE(type, nullptr);
          for (const auto& [key, value] : trial.keys.all()) {
            EXPECT_TRUE(std::ranges::any_of(type->keys, [&](const monitor::KeyDescriptor& known) {
              return known.name == key;
            })) << key;
          }
        }
      }
    }
  }
}

TEST(RecogniseTest, AsksAtTheLoopbackWhereItListensThere) {
  struct Case {
    std::vector<std::string> addresses;
    bool dual_stack;
    std::string host;
  };
  const std::vector<Case> cases = {
      {{"0.0.0.0"}, false, "127.0.0.1"},
      {{"::"}, true, "127.0.0.1"},
      {{"::"}, false, "::1"},
      {{"::1", "10.0.0.5"}, false, "::1"},
      {{"10.0.0.5"}, false, "10.0.0.5"},
      {{"127.0.0.53"}, false, "127.0.0.53"},
      {{"127.0.0.1", "::1"}, false, "127.0.0.1"},
  };
  for (const Case& c : cases) {
    Endpoint endpoint = made_endpoint(80, "x", "", c.addresses);
    endpoint.dual_stack = c.dual_stack;
    EXPECT_EQ(host_of(endpoint), c.host);
  }
}

TEST(RecogniseTest, NothingIsSaidToAPortThatNobodyKnows) {
  const std::vector<Trial> trials = trials_of(made_endpoint(7000, "x", "", {"::1"}), nullptr);
  ASSERT_EQ(trials.size(), 1U);
  EXPECT_EQ(trials.front().type, "tcp");
  EXPECT_FALSE(trials.front().keys.has("dialogue"));
  Endpoint datagrams = made_endpoint(7000, "x", "", {"::1"});
  datagrams.protocol = checks::SocketProtocol::kUdp;
  EXPECT_TRUE(trials_of(datagrams, nullptr).empty());
}

}  // namespace
}  // namespace hale::discovery
