#include "checks/systemd/bus_connection.h"

#include <algorithm>
#include <cerrno>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/system_error.hpp>
#include <poll.h>

#include "checks/os_error.h"

namespace hale::checks {
namespace {

using Kind = BusError::Kind;

struct UnrefBus {
  void operator()(sd_bus* bus) const { ::sd_bus_unref(bus); }
};
struct UnrefSlot {
  void operator()(sd_bus_slot* slot) const { ::sd_bus_slot_unref(slot); }
};
using Bus = std::unique_ptr<sd_bus, UnrefBus>;
using Slot = std::unique_ptr<sd_bus_slot, UnrefSlot>;
using Descriptor = asio::posix::basic_stream_descriptor<monitor::Executor>;

Kind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
    case EHOSTDOWN:
    case ENXIO:
    case ENOMEDIUM:
      return Kind::kAbsent;
    case EACCES:
    case EPERM:
      return Kind::kDenied;
    case ETIMEDOUT:
      return Kind::kTimeout;
    case EBADMSG:
    case EPROTO:
      return Kind::kGarbage;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EINVAL:
      return Kind::kAgent;
    default:
      return Kind::kLost;
  }
}

// An error that a peer answered with.
BusError error_of(const sd_bus_error& error) {
  const std::string name = error.name == nullptr ? "" : error.name;
  BusError result{.kind = Kind::kRefused,
                  .name = name.substr(0, 200),
                  .message = std::string(error.message == nullptr ? "" : error.message)};
  result.message.resize(std::min<std::size_t>(result.message.size(), 500));
  if (name == SD_BUS_ERROR_ACCESS_DENIED || name == SD_BUS_ERROR_AUTH_FAILED ||
      name == SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED) {
    result.kind = Kind::kDenied;
  } else if (name == SD_BUS_ERROR_SERVICE_UNKNOWN || name == SD_BUS_ERROR_NAME_HAS_NO_OWNER) {
    result.kind = Kind::kAbsent;
  } else if (name == SD_BUS_ERROR_DISCONNECTED) {
    result.kind = Kind::kLost;
  } else if (name == SD_BUS_ERROR_NO_REPLY || name == SD_BUS_ERROR_TIMEOUT) {
    // A bus says so of a peer that went away without an answer.
    result.kind = name == SD_BUS_ERROR_NO_REPLY ? Kind::kLost : Kind::kTimeout;
  }
  return result;
}

}  // namespace

BusError bus_error(int error, std::string_view what) {
  const int positive = error < 0 ? -error : error;
  return {.kind = kind_of(positive),
          .name = errno_name(positive),
          .message = std::string(what) + ": " + errno_text(positive)};
}

// Shared with the waits and posts that are under way, which may be called once the connection has
// been destroyed; `closed_` tells them that they came too late.
class BusConnection::State : public std::enable_shared_from_this<State> {
 public:
  State(monitor::Services& services, Handlers handlers, bool direct)
      : services_(services),
        handlers_(std::move(handlers)),
        direct_(direct),
        descriptor_(services.executor) {}

  std::expected<void, BusError> open(const std::string& address) {
    sd_bus* made = nullptr;
    if (const int error = ::sd_bus_new(&made); error < 0) {
      return std::unexpected(bus_error(error, "no connection could be made"));
    }
    bus_.reset(made);
    int error = ::sd_bus_set_address(made, address.c_str());
    error = error < 0 ? error : ::sd_bus_set_bus_client(made, direct_ ? 0 : 1);
    error = error < 0 ? error : ::sd_bus_set_close_on_exit(made, 0);
    error = error < 0 ? error : ::sd_bus_add_filter(made, nullptr, &State::on_message, this);
    error = error < 0 ? error : ::sd_bus_start(made);
    const int fd = error < 0 ? error : ::sd_bus_get_fd(made);
    if (fd < 0) {
      ::sd_bus_close(made);
      bus_.reset();
      return std::unexpected(bus_error(fd, address));
    }
    asio::error_code failed;
    descriptor_.assign(fd, failed);
    if (failed) {
      ::sd_bus_close(made);
      bus_.reset();
      return std::unexpected(bus_error(failed.value(), "the loop does not take " + address));
    }
    schedule();
    return {};
  }

  void close() {
    closed_ = true;
    calls_.clear();
    let_go();
  }

  bool lost() const { return lost_; }
  bool direct() const { return direct_; }
  sd_bus* bus() const { return bus_.get(); }
  monitor::Services& services() { return services_; }

  void ask(BusMessage request, std::function<void(Reply)> then) {
    if (lost_ || !request) {
      fail_later(std::move(then), lost_ ? BusError{.kind = Kind::kLost, .name = "", .message = ""}
                                        : bus_error(ENOMEM, "no message could be made"));
      return;
    }
    calls_.push_back({.state = this, .then = std::move(then)});
    const auto call = std::prev(calls_.end());
    call->self = call;
    sd_bus_slot* slot = nullptr;
    // Whoever asks has a deadline of its own.
    const int error =
        ::sd_bus_call_async(bus_.get(), &slot, request.get(), &State::on_reply, &*call, UINT64_MAX);
    if (error < 0) {
      then = std::move(call->then);
      calls_.erase(call);
      fail_later(std::move(then), bus_error(error, "the bus does not take a message"));
      return;
    }
    call->slot.reset(slot);
    schedule();
  }

 private:
  struct Call {
    State* state = nullptr;
    std::function<void(Reply)> then;
    Slot slot = nullptr;
    std::list<Call>::iterator self = {};
  };

  static int on_message(sd_bus_message* message, void* self, sd_bus_error*) {
    State& state = *static_cast<State*>(self);
    std::uint8_t type = 0;
    if (::sd_bus_message_get_type(message, &type) >= 0 && type == SD_BUS_MESSAGE_SIGNAL &&
        !state.closed_) {
      state.handlers_.on_signal(message);
    }
    return 0;
  }

  static int on_reply(sd_bus_message* message, void* data, sd_bus_error*) {
    Call& call = *static_cast<Call*>(data);
    State& state = *call.state;
    std::function<void(Reply)> then = std::move(call.then);
    const Slot slot = std::move(call.slot);  // in use until this returns
    state.calls_.erase(call.self);
    if (const sd_bus_error* const error = ::sd_bus_message_get_error(message)) {
      then(std::unexpected(error_of(*error)));
    } else {
      then(BusMessage(::sd_bus_message_ref(message)));
    }
    return 1;
  }

  void fail_later(std::function<void(Reply)> then, BusError error) {
    asio::post(services_.executor, [then = std::move(then), error = std::move(error),
                                    self = weak_from_this()]() mutable {
      const auto state = self.lock();
      if (state && !state->closed_) {
        then(std::unexpected(std::move(error)));
      }
    });
  }

  // sd-bus is driven from here alone, and never from inside one of its callbacks.
  void schedule() {
    if (!scheduled_ && !lost_ && !closed_) {
      scheduled_ = true;
      asio::post(services_.executor, [self = weak_from_this()] {
        if (const auto state = self.lock()) {
          state->scheduled_ = false;
          state->drive();
        }
      });
    }
  }

  // Some messages only: what is left then waits for its turn among the loop's other work.
  void drive() {
    constexpr int kMessages = 64;
    if (lost_ || closed_) {
      return;
    }
    for (int i = 0; i < kMessages; ++i) {
      const int done = ::sd_bus_process(bus_.get(), nullptr);
      if (closed_) {
        return;
      }
      if (done < 0) {
        lose(done);
        return;
      }
      if (done == 0) {
        watch();
        return;
      }
    }
    schedule();
  }

  void watch() {
    const int events = ::sd_bus_get_events(bus_.get());
    if (events < 0) {
      lose(events);
      return;
    }
    if ((events & POLLIN) != 0 && !reading_) {
      reading_ = true;
      wait(Descriptor::wait_read, reading_);
    }
    if ((events & POLLOUT) != 0 && !writing_) {
      writing_ = true;
      wait(Descriptor::wait_write, writing_);
    }
  }

  void wait(Descriptor::wait_type type, bool& waiting) {
    descriptor_.async_wait(
        type, [self = weak_from_this(), &waiting](const asio::error_code& error) {
          const auto state = self.lock();
          if (!state || state->closed_ || error == asio::error::operation_aborted) {
            return;
          }
          waiting = false;
          state->drive();
        });
  }

  void lose(int error) {
    lost_ = true;
    let_go();
    std::list<Call> calls = std::move(calls_);
    calls_.clear();
    for (Call& call : calls) {
      call.then(std::unexpected(bus_error(error, "the connection broke")));
      if (closed_) {
        return;
      }
    }
    handlers_.on_lost();
  }

  // The descriptor is sd-bus' own.
  void let_go() {
    if (descriptor_.is_open()) {
      descriptor_.release();
    }
    for (Call& call : calls_) {
      call.slot.reset();
    }
    if (bus_) {
      ::sd_bus_close(bus_.get());
      bus_.reset();
    }
  }

  monitor::Services& services_;
  Handlers handlers_;
  const bool direct_;
  Bus bus_;
  Descriptor descriptor_;
  std::list<Call> calls_;
  bool scheduled_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool lost_ = false;
  bool closed_ = false;
};

std::expected<std::unique_ptr<BusConnection>, BusError> BusConnection::open(
    monitor::Services& services, const BusAddress& address, Handlers handlers) {
  auto state = std::make_shared<State>(services, std::move(handlers), address.direct);
  if (auto opened = state->open(address.address); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  return std::unique_ptr<BusConnection>(new BusConnection(std::move(state)));
}

BusConnection::BusConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}

BusConnection::~BusConnection() {
  state_->close();
}

bool BusConnection::lost() const {
  return state_->lost();
}

bool BusConnection::direct() const {
  return state_->direct();
}

BusMessage BusConnection::request(const char* destination, const char* path, const char* interface,
                                  const char* member) const {
  sd_bus_message* message = nullptr;
  if (state_->lost() || ::sd_bus_message_new_method_call(state_->bus(), &message, destination, path,
                                                         interface, member) < 0) {
    return nullptr;
  }
  // To ask for systemd where there is none must start nothing.
  ::sd_bus_message_set_auto_start(message, 0);
  return BusMessage(message);
}

BusMessage BusConnection::manager_request(const char* member) const {
  return request(kSystemdName, kSystemdPath, kManagerInterface, member);
}

BusMessage BusConnection::get_all(const char* path, const char* interface) const {
  BusMessage message = request(kSystemdName, path, kPropertiesInterface, "GetAll");
  if (message && ::sd_bus_message_append(message.get(), "s", interface) < 0) {
    message.reset();
  }
  return message;
}

BusMessage BusConnection::get(const char* path, const char* interface, const char* property) const {
  BusMessage message = request(kSystemdName, path, kPropertiesInterface, "Get");
  if (message && ::sd_bus_message_append(message.get(), "ss", interface, property) < 0) {
    message.reset();
  }
  return message;
}

void BusConnection::ask(BusMessage request, std::function<void(Reply)> then) {
  state_->ask(std::move(request), std::move(then));
}

monitor::Task<BusConnection::Reply> BusConnection::call(BusMessage request,
                                                        monitor::TimePoint until) {
  struct Wait {
    Wait(monitor::Executor executor, monitor::Clock& clock) : done(std::move(executor), clock) {}
    monitor::WaitPoint done;
    std::optional<Reply> reply;
  };
  // Shared: the reply may come after the wait is over.
  const auto wait = std::make_shared<Wait>(state_->services().executor, state_->services().clock);
  std::function<void(Reply)> then = [wait](Reply reply) {
    wait->reply = std::move(reply);
    wait->done.wake();
  };
  ask(std::move(request), std::move(then));
  const monitor::WaitPoint::Ended ended = co_await wait->done.wait_until(until);
  if (ended == monitor::WaitPoint::Ended::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  std::optional<Reply> reply = std::move(wait->reply);
  if (!reply) {
    co_return std::unexpected(BusError{.kind = Kind::kTimeout, .name = "", .message = ""});
  }
  co_return std::move(*reply);
}

}  // namespace hale::checks
