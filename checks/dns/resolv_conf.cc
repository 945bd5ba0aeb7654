#include "checks/dns/resolv_conf.h"

#include <algorithm>
#include <string>

#include <asio/error_code.hpp>

namespace hale::checks::dns {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::size_t kMostServers = 3;

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  const std::size_t end = std::min(line.find_first_of(kBlank, begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

}  // namespace

std::vector<asio::ip::address> name_servers(std::string_view resolv_conf) {
  std::vector<asio::ip::address> servers;
  while (!resolv_conf.empty() && servers.size() < kMostServers) {
    const std::size_t end = std::min(resolv_conf.find('\n'), resolv_conf.size());
    std::string_view line = resolv_conf.substr(0, end);
    resolv_conf.remove_prefix(std::min(end + 1, resolv_conf.size()));
    // The keyword begins the line; what begins with a blank, `#` or `;` is a comment.
    if (line.empty() || kBlank.contains(line.front()) || next_word(line) != "nameserver") {
      continue;
    }
    const std::string word(next_word(line));
    asio::error_code error;
    const auto address = asio::ip::make_address(word, error);
    if (!error && !word.contains('\0')) {
      servers.push_back(address);
    }
  }
  return servers;
}

}  // namespace hale::checks::dns
