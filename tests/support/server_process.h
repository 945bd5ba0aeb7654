// A real server of Debian's packages as a child of the test: started, waited for, and ended with
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hale::test {

// A TCP port of the loopback that nobody had a moment ago.
std::uint16_t free_port();

// The first of these files that can be run; "" when none can.
std::string program_at(const std::vector<std::string>& paths);

class ServerProcess {
 public:
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();  // SIGTERM, then SIGKILL
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Until it accepts connections there; false when that took more than ten seconds or it ended.
  bool wait_for(std::uint16_t port);

  // Waits for a program that does something and ends: whether it did so with status 0, within a
  // minute.
  bool ends_well();

 private:
  bool ended();

  pid_t pid_ = -1;
  int status_ = -1;  // as waitpid gave it
};

}  // namespace hale::test
