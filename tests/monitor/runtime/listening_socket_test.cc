#include "monitor/runtime/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hale::monitor {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "hale-listen-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

ListenAddress at(const std::string& text) {
  return parse_listen_address(text).value();
}

TEST(ListeningSocketTest, KnowsThePortItGot) {
  const auto socket = ListeningSocket::open(at("127.0.0.1:0"));
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_TRUE(socket->is_internet());
  const std::string address = to_string(socket->address());
  EXPECT_TRUE(address.starts_with("127.0.0.1:"));
  EXPECT_FALSE(address.ends_with(":0"));
}

TEST(ListeningSocketTest, NamesTheAddressThatIsTaken) {
  const auto first = ListeningSocket::open(at("127.0.0.1:0"));
  ASSERT_TRUE(first);
  const std::string address = to_string(first->address());
  const auto second = ListeningSocket::open(at(address));
  ASSERT_FALSE(second);
  EXPECT_EQ(to_string(second.error().address), address);
  EXPECT_EQ(second.error().error, EADDRINUSE);
  EXPECT_EQ(second.error().message, "cannot listen on " + address + ": Address already in use");
}

TEST(ListeningSocketTest, OpensAllAddressesOrNone) {
  const auto first = ListeningSocket::open(at("127.0.0.1:0"));
  ASSERT_TRUE(first);
  const std::string taken = to_string(first->address());
  // A port that was free a moment ago.
  const std::string also = to_string(ListeningSocket::open(at("127.0.0.3:0"))->address());
  const auto sockets = ListeningSocket::open_all({at(also), at(taken)});
  ASSERT_FALSE(sockets);
  EXPECT_EQ(to_string(sockets.error().address), taken);
  EXPECT_EQ(sockets.error().error, EADDRINUSE);
  EXPECT_TRUE(ListeningSocket::open(at(also))) << "still bound";
}

TEST(ListeningSocketTest, SaysWhyThereIsNoSuchAddress) {
  const auto foreign = ListeningSocket::open(at("192.0.2.1:0"));  // TEST-NET-1: nobody's
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().error, EADDRNOTAVAIL);
}

TEST(ListeningSocketTest, TakesItsUnixSocketAwayAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.file("hale.sock");
  {
    const auto socket = ListeningSocket::open(at("unix:" + path));
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_FALSE(socket->is_internet());
    struct stat status{};
    ASSERT_EQ(lstat(path.c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ListeningSocketTest, ReplacesAnAbandonedUnixSocketOnly) {
  const TemporaryFolder folder;
  const std::string path = folder.file("hale.sock");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int left_behind = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(left_behind, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(left_behind);

  const auto socket = ListeningSocket::open(at("unix:" + path));
  ASSERT_TRUE(socket) << socket.error().message;
  const auto second = ListeningSocket::open(at("unix:" + path));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error, EADDRINUSE);

  const std::string file = folder.file("notes.txt");
  std::ofstream(file) << "keep me";
  EXPECT_FALSE(ListeningSocket::open(at("unix:" + file)));
  EXPECT_TRUE(std::filesystem::is_regular_file(file));
}

TEST(ListeningSocketTest, TakesDatagramsOnAPortOfItsOwn) {
  const auto socket = ListeningSocket::open(at("127.0.0.1:0"), Transport::kDatagram);
  ASSERT_TRUE(socket) << socket.error().message;
  const std::string address = to_string(socket->address());
  EXPECT_FALSE(address.ends_with(":0"));
  EXPECT_TRUE(ListeningSocket::open(at(address))) << "a TCP port is another one";
  const auto second = ListeningSocket::open(at(address), Transport::kDatagram);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error, EADDRINUSE);
}

TEST(ListeningSocketTest, TakesDatagramsOfEveryoneOnAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = folder.file("statsd.sock");
  const auto socket = ListeningSocket::open(at("unix:" + path), Transport::kDatagram);
  ASSERT_TRUE(socket) << socket.error().message;
  struct stat status{};
  ASSERT_EQ(lstat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0666U);
  const auto second = ListeningSocket::open(at("unix:" + path), Transport::kDatagram);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error, EADDRINUSE);
}

}  // namespace
}  // namespace hale::monitor
