#include "checks/dns/resolv_conf.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks::dns {
namespace {

TEST(ResolvConfTest, NamesTheServersTheLibraryWouldAsk) {
  struct Case {
    std::string text;
    std::vector<std::string> servers;
  };
  const Case cases[] = {
      {"", {}},
      {"nameserver 192.0.2.1\n", {"192.0.2.1"}},
      {"nameserver 192.0.2.1", {"192.0.2.1"}},
      {"nameserver\t2001:db8::1  # comment\r\n", {"2001:db8::1"}},
      {"# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n nameserver 192.0.2.3\n", {}},
      {"search example.com\nnameserver 192.0.2.1\noptions edns0\nnameserver ::1\n",
       {"192.0.2.1", "::1"}},
      {"nameserver example.com\nnameserver\nnameserver 192.0.2.300\nnameserver 192.0.2.1\n",
       {"192.0.2.1"}},
      {"nameservers 192.0.2.1\n", {}},
      {"nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
       {"192.0.2.1", "192.0.2.2", "192.0.2.3"}},
      {std::string("nameserver 192.0.2.1\0x\n", 23) + "nameserver ::1\n", {"::1"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    std::vector<std::string> servers;
    for (const asio::ip::address& address : name_servers(c.text)) {
      servers.push_back(address.to_string());
    }
    EXPECT_EQ(servers, c.servers);
  }
}

}  // namespace
}  // namespace hale::checks::dns
