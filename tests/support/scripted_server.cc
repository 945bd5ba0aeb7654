#include "tests/support/scripted_server.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hale::test {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
};

std::shared_ptr<SSL_CTX> context_for(const MadeCertificate& certificate) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // it is the client that objects to weak keys
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), certificate.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), certificate.key()), 1);
  return context;
}

}  // namespace

ScriptedPeer::~ScriptedPeer() {
  if (tls_) {
    SSL_shutdown(tls_.get());
  }
}

bool ScriptedPeer::start_tls(SSL_CTX* context) {
  tls_ = {SSL_new(context), &SSL_free};
  SSL_set_fd(tls_.get(), fd_);
  if (SSL_accept(tls_.get()) != 1) {
    tls_.reset();
    return false;
  }
  return true;
}

std::string ScriptedPeer::read_some() {
  std::array<char, 4096> buffer{};
  const auto got = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                        : ::recv(fd_, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

std::string ScriptedPeer::read_until(std::string_view end) {
  std::string text;
  while (!text.contains(end)) {
    const std::string more = read_some();
    if (more.empty()) {
      break;
    }
    text += more;
  }
  return text;
}

std::string ScriptedPeer::read_exactly(std::size_t size) {
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto got = tls_ ? SSL_read(tls_.get(), text.data() + have, static_cast<int>(size - have))
                          : ::recv(fd_, text.data() + have, size - have, 0);
    if (got <= 0) {
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

std::string ScriptedPeer::read_request() {
  return read_until("\r\n\r\n");
}

bool ScriptedPeer::send(std::string_view data) {
  while (!data.empty()) {
    const auto sent = tls_ ? SSL_write(tls_.get(), data.data(), static_cast<int>(data.size()))
                           : ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void ScriptedPeer::drip(std::string_view data, std::chrono::milliseconds pause) {
  for (const char byte : data) {
    pollfd closed{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    if (::poll(&closed, 1, static_cast<int>(pause.count())) != 0 || !send({&byte, 1})) {
      return;
    }
  }
}

void ScriptedPeer::wait_until_closed() {
  while (!read_some().empty()) {
  }
}

void ScriptedPeer::reset() {
  tls_.reset();  // else the end would be announced
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

ScriptedServer::ScriptedServer(Script script, const std::string& address, std::uint16_t port)
    : script_(std::move(script)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // SSL_write
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  Address name{};
  name.v4.sin_family = AF_INET;
  name.v4.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), &name.v4.sin_addr), 1);
  EXPECT_EQ(::bind(listener_, &name.any, sizeof(name.v4)), 0);
  EXPECT_EQ(::listen(listener_, 256), 0);
  socklen_t size = sizeof(name.v4);
  EXPECT_EQ(::getsockname(listener_, &name.any, &size), 0);
  port_ = ntohs(name.v4.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::ScriptedServer(const MadeCertificate& certificate, Script script)
    : ScriptedServer([context = context_for(certificate), script](ScriptedPeer& peer) {
        if (peer.start_tls(context.get())) {
          script(peer);
        }
      }) {}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      return;
    }
    ++connections_;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] {
      {
        ScriptedPeer peer(fd);
        script_(peer);
      }
      const std::lock_guard closing(mutex_);
      std::erase(open_, fd);
      ::close(fd);
    });
  }
}

std::string ScriptedServer::url(const std::string& path, const std::string& host) const {
  return "http://" + host + ":" + std::to_string(port_) + path;
}

std::string http_answer(std::string_view body, std::string_view status, std::string_view headers) {
  std::string text = "HTTP/1.1 ";
  text += status;
  text += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text += headers;
  text += "\r\n";
  text += body;
  return text;
}

}  // namespace hale::test
