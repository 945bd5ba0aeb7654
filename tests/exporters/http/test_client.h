// A plain HTTP client on blocking sockets, for tests of the server: what is sent is up to the test,
// byte by byte. Nothing waits longer than a minute, which only a failure takes.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor/listen_address.h"

namespace hale::testing {

struct Answer {
  int status = 0;  // 0: the connection ended without one
  std::string header;
  std::string body;

  bool has_header(std::string_view line) const {
    return header.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
  }
};

class TestClient {
 public:
  // `address` as the server reports it.
  explicit TestClient(const std::string& address) {
    const auto parsed = monitor::parse_listen_address(address).value();
    if (const auto* path = std::get_if<monitor::UnixPath>(&parsed)) {
      sockaddr_un name{};
      name.sun_family = AF_UNIX;
      std::memcpy(name.sun_path, path->path.data(), path->path.size());
      open(AF_UNIX, &name, sizeof(name));
    } else {
      const auto& endpoint = std::get<asio::ip::tcp::endpoint>(parsed);
      open(endpoint.protocol().family(), endpoint.data(), endpoint.size());
    }
  }
  TestClient(TestClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
  TestClient& operator=(TestClient&&) = delete;
  ~TestClient() { close(); }

  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  // Goes without a goodbye: the server finds a reset.
  void abort() {
    const linger none{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    close();
  }

  // False once the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Answer get(std::string_view target) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return read_answer();
  }

  Answer post(std::string_view target, std::string_view body) {
    send("POST " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    return read_answer();
  }

  enum class Body : bool { kNone, kExpected };

  Answer read_answer(Body body = Body::kExpected) {
    Answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) {
        return answer;
      }
    }
    answer.header = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    std::size_t length = body == Body::kNone ? 0 : content_length(answer.header);
    while (received_.size() < length && receive()) {
    }
    length = std::min(length, received_.size());
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    answer.status = std::stoi(answer.header.substr(answer.header.find(' ') + 1));
    return answer;
  }

  // Whether the server closes the connection, having sent nothing that was not read.
  bool at_end() { return received_.empty() && !receive() && !timed_out_; }

  static std::size_t content_length(std::string_view header) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const std::size_t found = header.find(kName);
    std::size_t length = 0;
    if (found != std::string_view::npos) {
      const std::string_view value = header.substr(found + kName.size());
      std::from_chars(value.data(), value.data() + value.size(), length);
    }
    return length;
  }

 private:
  void open(int family, const void* address, std::size_t size) {
    fd_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    // So that it soon shows who does not read.
    const int kept = 64 * 1024;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kept, sizeof(kept));
    EXPECT_EQ(connect(fd_, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)), 0)
        << std::strerror(errno);
  }

  bool receive() {
    std::array<char, 65536> buffer;
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    timed_out_ = size < 0 && errno == EAGAIN;
    if (size <= 0) {
      return false;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }

  int fd_ = -1;
  bool timed_out_ = false;
  std::string received_;
};

}  // namespace hale::testing
