#include "tests/support/fake_systemd.h"

#include <array>
#include <cstdint>
#include <cstring>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hale::test {

FakeSystemd::FakeSystemd(const std::filesystem::path& folder)
    : socket_(folder / "systemd/private") {
  std::filesystem::create_directories(socket_.parent_path());
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::listen(listening_, 8);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { serve(); });
}

FakeSystemd::~FakeSystemd() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(listening_);
  ::close(stop_);
}

void FakeSystemd::serve() {
  for (;;) {
    std::array<pollfd, 2> both = {{{.fd = listening_, .events = POLLIN, .revents = 0},
                                   {.fd = stop_, .events = POLLIN, .revents = 0}}};
    ::poll(both.data(), both.size(), -1);
    if (both[1].revents != 0) {
      return;
    }
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      ++connections_;
      serve_one(fd);
    }
  }
}

// Until the peer hangs up, the test ends, or it is to hang up itself.
void FakeSystemd::serve_one(int fd) {
  sd_bus* bus = nullptr;
  sd_id128_t id{};
  id.bytes[0] = 1;
  ::sd_bus_new(&bus);
  ::sd_bus_set_fd(bus, fd, fd);
  ::sd_bus_set_server(bus, 1, id);
  ::sd_bus_set_anonymous(bus, 1);
  ::sd_bus_add_filter(bus, nullptr, &FakeSystemd::on_call, this);
  ::sd_bus_start(bus);
  hang_up_ = false;
  for (bool goes_on = true; goes_on && !hang_up_;) {
    int done = 0;
    do {
      done = ::sd_bus_process(bus, nullptr);
    } while (done > 0 && !hang_up_);
    if (done < 0 || hang_up_) {
      break;
    }
    const int events = ::sd_bus_get_events(bus);
    std::array<pollfd, 2> both = {{{.fd = fd, .events = static_cast<short>(events), .revents = 0},
                                   {.fd = stop_, .events = POLLIN, .revents = 0}}};
    ::poll(both.data(), both.size(), -1);
    goes_on = both[1].revents == 0;
  }
  ::sd_bus_close(bus);
  ::sd_bus_unref(bus);
}

int FakeSystemd::on_call(sd_bus_message* call, void* self, sd_bus_error*) {
  FakeSystemd& fake = *static_cast<FakeSystemd*>(self);
  const char* const given = ::sd_bus_message_get_member(call);
  std::uint8_t type = 0;
  ::sd_bus_message_get_type(call, &type);
  if (given == nullptr || type != SD_BUS_MESSAGE_METHOD_CALL) {
    return 0;
  }
  ++fake.calls_;
  const std::string member = given;
  switch (fake.what_of(member)) {
    case Does::kAnswer:
      return fake.answer(call, member);
    case Does::kNothing:
      return 1;
    case Does::kRefuse:
      return ::sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "too much of it");
    case Does::kDeny:
      return ::sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "not for you");
    case Does::kNonsense:
      return ::sd_bus_reply_method_return(call, "u", 42U);
    case Does::kHangUp:
      fake.hang_up_ = true;
      return 1;
  }
  return 1;
}

FakeSystemd::Does FakeSystemd::what_of(const std::string& member) {
  const std::lock_guard lock(mutex_);
  const auto found = does_.find(member);
  return found == does_.end() ? Does::kAnswer : found->second;
}

int FakeSystemd::answer(sd_bus_message* call, const std::string& member) {
  sd_bus_message* reply = nullptr;
  ::sd_bus_message_new_method_return(call, &reply);
  if (member == "ListUnits") {
    ::sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
    for (const std::string& name : services_) {
      ::sd_bus_message_append(reply, "(ssssssouso)", name.c_str(), "", "loaded", "active",
                              "running", "", "/x", 0U, "", "/");
    }
    ::sd_bus_message_close_container(reply);
  } else if (member == "ListUnitFiles") {
    ::sd_bus_message_open_container(reply, 'a', "(ss)");
    for (const std::string& name : services_) {
      ::sd_bus_message_append(reply, "(ss)", ("/etc/systemd/system/" + name).c_str(), "enabled");
    }
    ::sd_bus_message_close_container(reply);
  } else if (member == "ListUnitsByNames") {
    ::sd_bus_message_append(reply, "a(ssssssouso)", 0);
  } else if (member == "GetAll") {
    ::sd_bus_message_append(reply, "a{sv}", 3, "Type", "s", "simple", "NRestarts", "u", 7U, "Later",
                            "a(st)", 1, "new", std::uint64_t{1});
  } else if (member == "Get") {
    ::sd_bus_message_append(reply, "v", "t", std::uint64_t{1'700'000'000'000'000});
  }
  const int sent = ::sd_bus_send(nullptr, reply, nullptr);
  ::sd_bus_message_unref(reply);
  return sent < 0 ? sent : 1;
}

}  // namespace hale::test
