#include "checks/sockets/diag_message.h"

#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

namespace hale::checks {
namespace {

using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& bytes, const T& value) {
  const auto* raw = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

void append_attribute(Bytes& bytes, std::uint16_t type, const Bytes& content) {
  append(bytes, nlattr{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + content.size()),
                       .nla_type = type});
  bytes.insert(bytes.end(), content.begin(), content.end());
  bytes.resize((bytes.size() + 3) / 4 * 4);
}

template <class T>
Bytes bytes_of(const T& value) {
  Bytes bytes;
  append(bytes, value);
  return bytes;
}

Bytes bytes_of_text(const std::string& text) {
  const auto* raw = reinterpret_cast<const std::byte*>(text.data());
  return {raw, raw + text.size()};
}

constexpr std::uint32_t kSequence = 7;

Bytes message(const Bytes& payload, std::uint16_t type = SOCK_DIAG_BY_FAMILY,
              std::uint16_t flags = 0, std::uint32_t sequence = kSequence) {
  Bytes bytes;
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof(head) + payload.size());
  head.nlmsg_type = type;
  head.nlmsg_flags = flags;
  head.nlmsg_seq = sequence;
  append(bytes, head);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes inet_payload(const char* address, std::uint16_t port, bool only_v6 = false) {
  const bool v6 = std::strchr(address, ':') != nullptr;
  inet_diag_msg head{};
  head.idiag_family = v6 ? AF_INET6 : AF_INET;
  head.idiag_inode = 4711;
  head.idiag_uid = 33;
  head.idiag_rqueue = 3;
  head.idiag_wqueue = 128;
  head.id.idiag_sport = htons(port);
  inet_pton(head.idiag_family, address, head.id.idiag_src);
  Bytes bytes = bytes_of(head);
  append_attribute(bytes, INET_DIAG_SKV6ONLY, bytes_of<std::uint8_t>(only_v6 ? 1 : 0));
  append_attribute(bytes, INET_DIAG_CGROUP_ID, bytes_of<std::uint64_t>(823));
  return bytes;
}

Bytes unix_payload(const std::string& name, std::uint8_t type, std::uint8_t state) {
  unix_diag_msg head{};
  head.udiag_family = AF_UNIX;
  head.udiag_type = type;
  head.udiag_state = state;
  head.udiag_ino = 99;
  Bytes bytes = bytes_of(head);
  append_attribute(bytes, UNIX_DIAG_NAME, bytes_of_text(name));
  append_attribute(bytes, UNIX_DIAG_VFS,
                   bytes_of(unix_diag_vfs{.udiag_vfs_ino = 5, .udiag_vfs_dev = 1}));
  append_attribute(bytes, UNIX_DIAG_RQLEN,
                   bytes_of(unix_diag_rqlen{.udiag_rqueue = 2, .udiag_wqueue = 16}));
  append_attribute(bytes, UNIX_DIAG_UID, bytes_of<std::uint32_t>(1000));
  return bytes;
}

TEST(DiagMessageTest, ReadsWhatTheKernelTellsOfAListener) {
  std::vector<DiagSocket> sockets;
  const DiagReply reply =
      parse_diag(DiagTable::kTcp4, message(inet_payload("127.0.0.1", 9100)), kSequence, sockets);
  EXPECT_FALSE(reply.done || reply.malformed || reply.interrupted || reply.error);
  ASSERT_EQ(sockets.size(), 1U);
  const Listener& listener = sockets[0].listener;
  EXPECT_EQ(to_string(listener), "127.0.0.1:9100");
  EXPECT_EQ(listener.inode, 4711U);
  EXPECT_EQ(listener.uid, 33U);
  EXPECT_EQ(listener.queued, 3U);
  EXPECT_EQ(listener.backlog, 128U);
  EXPECT_EQ(sockets[0].cgroup_id, 823U);
}

TEST(DiagMessageTest, TellsWhichWildcardsTakeIPv4AsWell) {
  struct Case {
    const char* address;
    bool only_v6;
    const char* text;
  };
  const Case cases[] = {{"::", false, "*:80"},
                        {"::", true, "[::]:80"},
                        {"::1", false, "[::1]:80"},
                        {"::ffff:127.0.0.1", false, "127.0.0.1:80"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.address);
    std::vector<DiagSocket> sockets;
    parse_diag(DiagTable::kTcp6, message(inet_payload(c.address, 80, c.only_v6)), kSequence,
               sockets);
    ASSERT_EQ(sockets.size(), 1U);
    EXPECT_EQ(to_string(sockets[0].listener), c.text);
  }
}

TEST(DiagMessageTest, ReadsUnixSocketsThatWaitForPeers) {
  constexpr std::uint8_t kListen = 10;
  constexpr std::uint8_t kClosed = 7;
  struct Case {
    std::string name;
    std::uint8_t type;
    std::uint8_t state;
    std::string path;  // "": does not wait
  };
  const Case cases[] = {
      {std::string("/run/x.sock\0", 12), SOCK_STREAM, kListen, "/run/x.sock"},
      {std::string("\0name", 5), SOCK_STREAM, kListen, "@name"},
      {std::string("\0a\0b", 4), SOCK_STREAM, kListen, std::string("@a\0b", 4)},
      {"/dev/log", SOCK_DGRAM, kClosed, "/dev/log"},
      {std::string("\000012af", 6), SOCK_DGRAM, kClosed, ""},  // named by the kernel
      {"/run/bound.sock", SOCK_STREAM, kClosed, ""},
      {"", SOCK_STREAM, kListen, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<DiagSocket> sockets;
    const DiagReply reply = parse_diag(
        DiagTable::kUnix, message(unix_payload(c.name, c.type, c.state)), kSequence, sockets);
    EXPECT_FALSE(reply.malformed);
    ASSERT_EQ(sockets.size(), c.path.empty() ? 0U : 1U);
    if (!c.path.empty()) {
      EXPECT_EQ(sockets[0].listener.path, c.path);
      EXPECT_EQ(sockets[0].listener.file_inode, 5U);
      EXPECT_EQ(sockets[0].listener.uid, 1000U);
      EXPECT_EQ(sockets[0].listener.backlog, c.type == SOCK_STREAM ? 16U : 0U);
    }
  }
}

TEST(DiagMessageTest, TellsHowADumpEnds) {
  std::vector<DiagSocket> sockets;
  DiagReply reply = parse_diag(DiagTable::kTcp4, message(bytes_of<std::int32_t>(0), NLMSG_DONE),
                               kSequence, sockets);
  EXPECT_TRUE(reply.done && !reply.error && !reply.interrupted);
  reply =
      parse_diag(DiagTable::kTcp4, message(bytes_of<std::int32_t>(0), NLMSG_DONE, NLM_F_DUMP_INTR),
                 kSequence, sockets);
  EXPECT_TRUE(reply.done && reply.interrupted);
  reply = parse_diag(DiagTable::kTcp4, message(bytes_of<std::int32_t>(-ENOENT), NLMSG_ERROR),
                     kSequence, sockets);
  EXPECT_EQ(reply.error, ENOENT);
  reply =
      parse_diag(DiagTable::kTcp4, message(bytes_of<std::int32_t>(0), NLMSG_DONE, 0, kSequence - 1),
                 kSequence, sockets);
  EXPECT_FALSE(reply.done) << "the end of a dump that was given up";
}

TEST(DiagMessageTest, NoTruncationIsReadBeyondItsEnd) {
  const Bytes whole[] = {message(inet_payload("127.0.0.1", 80)),
                         message(unix_payload("/run/x.sock", SOCK_STREAM, 10))};
  for (const DiagTable table : {DiagTable::kTcp4, DiagTable::kUnix}) {
    const Bytes& bytes = whole[table == DiagTable::kUnix ? 1 : 0];
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      SCOPED_TRACE(size);
      // Cut as a datagram, and cut with a head that says so.
      Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      std::vector<DiagSocket> sockets;
      EXPECT_TRUE(parse_diag(table, cut, kSequence, sockets).malformed);
      if (size >= sizeof(nlmsghdr)) {
        const auto length = static_cast<std::uint32_t>(size);
        std::memcpy(cut.data(), &length, sizeof(length));
        sockets.clear();
        const DiagReply reply = parse_diag(table, cut, kSequence, sockets);
        EXPECT_TRUE(reply.malformed || sockets.size() <= 1);
      }
    }
  }
}

TEST(DiagMessageTest, AnAttributeThatClaimsMoreThanThereIsSpoilsTheMessage) {
  Bytes payload = inet_payload("127.0.0.1", 80);
  const std::uint16_t length = 4000;
  std::memcpy(payload.data() + sizeof(inet_diag_msg), &length, sizeof(length));
  std::vector<DiagSocket> sockets;
  EXPECT_TRUE(parse_diag(DiagTable::kTcp4, message(payload), kSequence, sockets).malformed);
  EXPECT_TRUE(sockets.empty());
}

TEST(DiagMessageTest, AsksForWhatWaitsForPeersOnly) {
  for (int i = 0; i < kDiagTableCount; ++i) {
    const Bytes request = diag_request(static_cast<DiagTable>(i), 9);
    ASSERT_GE(request.size(), sizeof(nlmsghdr));
    nlmsghdr head{};
    std::memcpy(&head, request.data(), sizeof(head));
    EXPECT_EQ(head.nlmsg_len, request.size());
    EXPECT_EQ(head.nlmsg_seq, 9U);
    EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  }
}

}  // namespace
}  // namespace hale::checks
