#include "tests/bench/nginx.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fmt/core.h>
#include <unistd.h>

namespace hale::bench {
namespace {

std::string find_nginx() {
  for (const char* path : {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"}) {
    if (::access(path, X_OK) == 0) {
      return path;
    }
  }
  return {};
}

std::uint16_t free_port() {
  asio::io_context loop;
  const asio::ip::tcp::acceptor acceptor(
      loop, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace

Nginx::Nginx(const std::string& server, const std::string& listen) : port_(free_port()) {
  const std::filesystem::path& folder = folder_.path();
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  std::ofstream(folder / "nginx.conf") << fmt::format(
      "daemon off;\nworker_processes 1;\npid {0}/pid;\nerror_log stderr crit;\n"
      "events {{ worker_connections 4096; }}\nhttp {{\naccess_log off;\n"
      "keepalive_requests 1000000000;\nsendfile on;\ntcp_nopush on;\nopen_file_cache max=10;\n"
      "client_body_temp_path {0}/1;\nproxy_temp_path {0}/2;\nfastcgi_temp_path {0}/3;\n"
      "uwsgi_temp_path {0}/4;\nscgi_temp_path {0}/5;\n"
      "server {{ listen 0.0.0.0:{1} {2}; {3} }}\n}}\n",
      folder.string(), port_, listen, server);
  const std::string configuration = folder / "nginx.conf";
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{find_nginx(), "-p", folder, "-e", "stderr", "-c", configuration},
      ChildProcess::Pipe::kOutput);
}

bool Nginx::is_installed() {
  return !find_nginx().empty();
}

bool Nginx::wait_until_it_listens() const {
  asio::io_context loop;
  for (int attempt = 0; attempt < 100; ++attempt) {
    asio::ip::tcp::socket socket(loop);
    asio::error_code error;
    socket.connect({asio::ip::make_address("127.0.0.1"), port_}, error);
    if (!error) {
      return true;
    }
    wait_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace hale::bench
