#include "checks/systemd/unit_watch.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <list>
#include <optional>
#include <set>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "checks/systemd/bus_connection.h"
#include "checks/systemd/bus_outcome.h"
#include "checks/systemd/restart_memory.h"
#include "checks/systemd/unit_picture.h"

namespace hale::checks {
namespace {

using monitor::Duration;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

using Looked = std::expected<void, Outcome>;
using Reply = BusConnection::Reply;

constexpr std::size_t kMostInFlight = 64;
// What changes without a signal (a unit file on disk, connections of a socket) is asked for anew
// about this often.
constexpr Duration kPollEvery = std::chrono::minutes(2);
constexpr std::size_t kMostPolled = 64;  // a look
// Listing unit files makes systemd read directories, for half a second where a thousand are
// enabled: a twentieth of its time at most.
constexpr int kFilesPause = 20;
constexpr int kRounds = 5;

BusError lost_error() {
  return {.kind = BusError::Kind::kLost, .name = "", .message = ""};
}

std::string name_of(const char* path) {
  char* name = nullptr;
  if (path == nullptr || ::sd_bus_path_decode(path, "/org/freedesktop/systemd1/unit", &name) <= 0) {
    return "";
  }
  std::string result(name);
  std::free(name);  // NOLINT(cppcoreguidelines-no-malloc): sd-bus allocates so
  return result;
}

std::string path_of(const std::string& name) {
  char* path = nullptr;
  if (::sd_bus_path_encode("/org/freedesktop/systemd1/unit", name.c_str(), &path) < 0) {
    return "";
  }
  std::string result(path);
  std::free(path);  // NOLINT(cppcoreguidelines-no-malloc): sd-bus allocates so
  return result;
}

std::string environment(const char* name) {
  const char* const value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

class UnitWatch::Impl {
 public:
  explicit Impl(monitor::Services& services)
      : services_(services),
        memory_(services),
        picture_([this](const Unit& unit, const ClockPair& clocks) {
          memory_.observe(unit, clocks.wall);
        }),
        settled_(services.executor, services.clock) {}

  Task<Looked> look(RunContext& context);

  UnitPicture& picture() { return picture_; }
  const RestartMemory& memory() const { return memory_; }

 private:
  // Somebody who waits for the look of another.
  struct Waiter {
    Waiter(monitor::Executor executor, monitor::Clock& clock) : done(std::move(executor), clock) {}
    monitor::WaitPoint done;
    std::optional<Looked> result;
  };

  Task<Looked> look_alone(RunContext& context, TimePoint until);
  Task<Looked> connect(TimePoint until);
  Task<std::expected<void, BusError>> introduce(TimePoint until);
  Task<Looked> read(TimePoint until);
  Task<Looked> read_lists(TimePoint until);
  Task<Looked> read_wanted(TimePoint until);
  Task<Looked> settle(TimePoint until);
  Task<Looked> ping(TimePoint until);

  void read_more();
  struct Question {
    std::string name;
    bool kind = true;  // what belongs to its kind as well
  };
  void read_unit(const Question& question);
  void ask(const std::string& name, BusMessage request,
           std::function<bool(const std::string& name, sd_bus_message* reply)> take);
  void queue_polls();
  void on_signal(sd_bus_message* signal);
  bool take_manager_signal(sd_bus_message* signal);
  void drop_connection();
  // Whether something that had been asked by then is still unanswered, a whole look later, or
  // nothing could be asked since: there will be no answers on this connection.
  bool is_owed_since(std::uint64_t number) const {
    return asked_ == number || (!unanswered_.empty() && *unanswered_.begin() <= number);
  }
  void tell_waiters(const std::optional<Looked>& result);
  ClockPair clocks() const {
    return {.monotonic = services_.clock.now(), .wall = services_.clock.wall_now()};
  }

  monitor::Services& services_;
  RestartMemory memory_;
  UnitPicture picture_;
  std::deque<Question> questions_;
  std::uint64_t asked_ = 0;
  std::set<std::uint64_t> unanswered_;  // by number
  bool garbage_ = false;
  bool stale_rows_ = true;
  bool stale_files_ = true;
  bool reloading_ = false;
  bool renew_ = false;                  // systemd itself was replaced
  std::optional<TimePoint> files_due_;  // not before; absent: at once
  std::optional<TimePoint> polled_;
  std::string owner_;  // systemd's name on the bus, which nobody else can have
  monitor::WaitPoint settled_;
  bool looking_ = false;
  std::list<std::shared_ptr<Waiter>> waiters_;
  std::unique_ptr<BusConnection> connection_;  // the last: nothing is called after it
};

void UnitWatch::Impl::tell_waiters(const std::optional<Looked>& result) {
  looking_ = false;
  for (const std::shared_ptr<Waiter>& waiter : std::exchange(waiters_, {})) {
    waiter->result = result;
    waiter->done.wake();
  }
}

// One looks, the others wait for what it finds. Where it was cancelled, one of them takes over.
Task<Looked> UnitWatch::Impl::look(RunContext& context) {
  const TimePoint until = patience_ends(context);
  while (looking_) {
    context.enter(Phase::kQuery);
    const auto waiter = std::make_shared<Waiter>(services_.executor, services_.clock);
    waiters_.push_back(waiter);
    const monitor::WaitPoint::Ended ended = co_await waiter->done.wait_until(until);
    waiters_.remove(waiter);
    if (ended == monitor::WaitPoint::Ended::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    // What only this check wants may have come too late for that look.
    const std::optional<Looked> found = waiter->result;
    if (found && (!found->has_value() || !picture_.has_unread())) {
      co_return *found;
    }
    if (ended == monitor::WaitPoint::Ended::kTime) {
      co_return std::unexpected(
          Outcome::unknown(Reason::kTimeout, Phase::kQuery,
                           "systemd did not answer in time, to another check that asks it"));
    }
  }
  looking_ = true;
  Looked result;
  std::exception_ptr escaped;
  try {
    result = co_await look_alone(context, until);
  } catch (...) {
    escaped = std::current_exception();
  }
  tell_waiters(escaped ? std::nullopt : std::optional(result));
  if (escaped) {
    std::rethrow_exception(escaped);
  }
  co_return result;
}

Task<Looked> UnitWatch::Impl::look_alone(RunContext& context, TimePoint until) {
  constexpr int kTries = 2;  // a connection that broke in between is made anew once
  Looked result;
  const std::uint64_t before = asked_;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (renew_ || !connection_ || connection_->lost()) {
      context.enter(Phase::kConnect);
      result = co_await connect(until);
      if (!result) {
        co_return result;
      }
    }
    context.enter(Phase::kQuery);
    result = co_await read(until);
    if (result || !connection_->lost()) {
      break;
    }
  }
  if (result) {
    memory_.all_seen(services_.clock.wall_now());
  } else if (result.error().reason == Reason::kProtocol ||
             (result.error().reason == Reason::kTimeout && is_owed_since(before))) {
    drop_connection();
  }
  co_return result;
}

void UnitWatch::Impl::drop_connection() {
  connection_.reset();
  questions_.clear();
  unanswered_.clear();
  garbage_ = false;
  stale_rows_ = true;
  stale_files_ = true;
  files_due_.reset();
  reloading_ = false;
  renew_ = false;
  owner_.clear();
}

Task<Looked> UnitWatch::Impl::connect(TimePoint until) {
  drop_connection();
  const auto addresses = bus_addresses(services_.systemd_bus, &environment);
  if (!addresses) {
    co_return std::unexpected(bus_outcome(addresses.error(), "the bus", Phase::kConnect));
  }
  BusError error{.kind = BusError::Kind::kAbsent, .name = "", .message = ""};
  for (const BusAddress& address : *addresses) {
    BusConnection::Handlers handlers{
        .on_signal = [this](sd_bus_message* signal) { on_signal(signal); },
        .on_lost = [this] { settled_.wake(); }};
    auto opened = BusConnection::open(services_, address, std::move(handlers));
    if (opened) {
      connection_ = std::move(*opened);
      const auto introduced = co_await introduce(until);
      if (introduced) {
        co_return Looked();
      }
      error = introduced.error();
    } else if (error.kind == BusError::Kind::kAbsent) {
      error = opened.error();
    }
    drop_connection();
    if (error.kind != BusError::Kind::kAbsent) {
      break;
    }
  }
  co_return std::unexpected(
      bus_outcome(error, "systemd's bus (" + services_.systemd_bus + ")", Phase::kConnect));
}

// Signals come from systemd's own socket without being asked for; a bus and its systemd want to be
// told.
Task<std::expected<void, BusError>> UnitWatch::Impl::introduce(TimePoint until) {
  if (!connection_->direct()) {
    for (const char* const rule :
         {"type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.DBus."
          "Properties',member='PropertiesChanged',path_namespace='/org/freedesktop/systemd1/unit'",
          "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1."
          "Manager'",
          "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
          "arg0='org.freedesktop.systemd1'"}) {
      BusMessage match =
          connection_->request(kBusName, "/org/freedesktop/DBus", kBusName, "AddMatch");
      if (match) {
        ::sd_bus_message_append(match.get(), "s", rule);
      }
      const Reply matched = co_await connection_->call(std::move(match), until);
      if (!matched) {
        co_return std::unexpected(matched.error());
      }
    }
  }
  BusMessage subscribe = connection_->manager_request("Subscribe");
  const Reply subscribed = co_await connection_->call(std::move(subscribe), until);
  if (!subscribed && (connection_->lost() || subscribed.error().kind != BusError::Kind::kRefused)) {
    co_return std::unexpected(subscribed.error());
  }
  BusMessage hello =
      connection_->request(kSystemdName, kSystemdPath, "org.freedesktop.DBus.Peer", "Ping");
  const Reply answer = co_await connection_->call(std::move(hello), until);
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  const char* const sender = ::sd_bus_message_get_sender(answer->get());
  owner_ = sender == nullptr ? "" : sender;
  co_return std::expected<void, BusError>();
}

// While systemd reads its units anew, what was read before may be of the past: once more.
Task<Looked> UnitWatch::Impl::read(TimePoint until) {
  queue_polls();
  for (int round = 0; round < kRounds; ++round) {
    if (stale_rows_ || stale_files_) {
      Looked lists = co_await read_lists(until);
      if (!lists) {
        co_return lists;
      }
    }
    Looked wanted = co_await read_wanted(until);
    if (!wanted) {
      co_return wanted;
    }
    Looked settled = co_await settle(until);
    if (!settled) {
      co_return settled;
    }
    // What it sent before its answer has come by then: the picture is of now.
    Looked alive = co_await ping(until);
    if (!alive) {
      co_return alive;
    }
    if (!stale_rows_ && !picture_.has_unread()) {
      break;
    }
  }
  co_return Looked();
}

Task<Looked> UnitWatch::Impl::read_lists(TimePoint until) {
  const TimePoint now = services_.clock.now();
  if (stale_files_ && (!files_due_ || now >= *files_due_)) {
    BusMessage request = connection_->manager_request("ListUnitFiles");
    stale_files_ = false;
    const Reply reply = co_await connection_->call(std::move(request), until);
    if (!reply) {
      stale_files_ = true;
      co_return std::unexpected(bus_outcome(reply.error(), "ListUnitFiles", Phase::kQuery));
    }
    std::vector<UnitFileRow> files;
    if (!read_unit_files(reply->get(), files)) {
      stale_files_ = true;
      co_return std::unexpected(
          bus_outcome({.kind = BusError::Kind::kGarbage, .name = "", .message = ""},
                      "ListUnitFiles", Phase::kQuery));
    }
    const TimePoint done = services_.clock.now();
    files_due_ = done + kFilesPause * (done - now);
    picture_.take_files(files);
    stale_rows_ = true;
  }
  if (!stale_rows_) {
    co_return Looked();
  }
  BusMessage request = connection_->manager_request("ListUnits");
  stale_rows_ = false;
  const Reply reply = co_await connection_->call(std::move(request), until);
  std::vector<UnitRow> rows;
  if (!reply || !read_unit_rows(reply->get(), rows)) {
    stale_rows_ = true;
    const BusError garbage{.kind = BusError::Kind::kGarbage, .name = "", .message = ""};
    co_return std::unexpected(
        bus_outcome(reply ? garbage : reply.error(), "ListUnits", Phase::kQuery));
  }
  picture_.take_rows(rows);
  co_return Looked();
}

Task<Looked> UnitWatch::Impl::read_wanted(TimePoint until) {
  const std::vector<std::string> names = picture_.wanted_and_unknown();
  if (names.empty()) {
    co_return Looked();
  }
  BusMessage request = connection_->manager_request("ListUnitsByNames");
  if (request) {
    ::sd_bus_message_open_container(request.get(), 'a', "s");
    for (const std::string& name : names) {
      ::sd_bus_message_append(request.get(), "s", name.c_str());
    }
    ::sd_bus_message_close_container(request.get());
  }
  const Reply reply = co_await connection_->call(std::move(request), until);
  std::vector<UnitRow> rows;
  if (!reply || !read_unit_rows(reply->get(), rows)) {
    const BusError garbage{.kind = BusError::Kind::kGarbage, .name = "", .message = ""};
    co_return std::unexpected(
        bus_outcome(reply ? garbage : reply.error(), "ListUnitsByNames", Phase::kQuery));
  }
  picture_.take_wanted(names, rows);
  co_return Looked();
}

// A look that ends early leaves the rest to the next.
Task<Looked> UnitWatch::Impl::settle(TimePoint until) {
  for (const std::string& name : picture_.take_unread()) {
    questions_.push_back({.name = name});
  }
  read_more();
  while ((!unanswered_.empty() || !questions_.empty()) && !connection_->lost() && !garbage_) {
    const monitor::WaitPoint::Ended ended = co_await settled_.wait_until(until);
    if (ended == monitor::WaitPoint::Ended::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    if (ended == monitor::WaitPoint::Ended::kTime) {
      const BusError late{
          .kind = BusError::Kind::kTimeout,
          .name = "",
          .message = std::to_string(questions_.size() + 1) + " or more units are left"};
      co_return std::unexpected(bus_outcome(late, "for its units' properties", Phase::kQuery));
    }
  }
  if (connection_->lost()) {
    co_return std::unexpected(bus_outcome(lost_error(), "GetAll", Phase::kQuery));
  }
  if (std::exchange(garbage_, false)) {
    co_return std::unexpected(bus_outcome(
        {.kind = BusError::Kind::kGarbage, .name = "", .message = ""}, "GetAll", Phase::kQuery));
  }
  co_return Looked();
}

Task<Looked> UnitWatch::Impl::ping(TimePoint until) {
  BusMessage request =
      connection_->request(kSystemdName, kSystemdPath, "org.freedesktop.DBus.Peer", "Ping");
  const Reply reply = co_await connection_->call(std::move(request), until);
  if (!reply) {
    co_return std::unexpected(bus_outcome(reply.error(), "Ping", Phase::kQuery));
  }
  co_return Looked();
}

void UnitWatch::Impl::read_more() {
  while (unanswered_.size() < kMostInFlight && !questions_.empty() && !connection_->lost()) {
    const Question question = std::move(questions_.front());
    questions_.pop_front();
    read_unit(question);
  }
}

// Answers come in the order of the questions: with the last, all are there.
void UnitWatch::Impl::read_unit(const Question& question) {
  const std::string path = path_of(question.name);
  const char* const kind = interface_of(question.name);
  if (kind != nullptr && question.kind) {
    ask(question.name, connection_->get_all(path.c_str(), kind),
        [this, kind](const std::string& name, sd_bus_message* reply) {
          return reply == nullptr || picture_.take_properties(name, kind, reply, clocks());
        });
  }
  const std::vector<const char*> list = picture_.properties_to_ask(question.name);
  for (const char* const property : list) {
    ask(question.name, connection_->get(path.c_str(), kUnitInterface, property),
        [this, property, last = property == list.back()](const std::string& name,
                                                         sd_bus_message* reply) {
          const bool sound =
              reply == nullptr || picture_.take_property(name, property, reply, clocks());
          if (last) {
            picture_.end_details(name, clocks());
          }
          return sound;
        });
  }
}

// `take` gets null for an error, which is about this unit: gone, or not to be loaded.
void UnitWatch::Impl::ask(
    const std::string& name, BusMessage request,
    std::function<bool(const std::string& name, sd_bus_message* reply)> take) {
  const std::uint64_t number = ++asked_;
  unanswered_.insert(number);
  connection_->ask(std::move(request),
                   [this, name, number, take = std::move(take)](const Reply& reply) {
                     unanswered_.erase(number);
                     if (connection_->lost()) {
                       return;
                     }
                     if (!take(name, reply ? reply->get() : nullptr)) {
                       garbage_ = true;
                     }
                     read_more();
                     if (unanswered_.empty() || garbage_) {
                       settled_.wake();
                     }
                   });
}

void UnitWatch::Impl::queue_polls() {
  const TimePoint now = services_.clock.now();
  const Duration passed = polled_ ? now - *polled_ : Duration::zero();
  polled_ = now;
  const double share = std::min(1.0, monitor::to_seconds(passed) / monitor::to_seconds(kPollEvery));
  const double due = share * static_cast<double>(picture_.polled());
  if (due <= 0) {
    return;
  }
  const auto most = std::min(kMostPolled, static_cast<std::size_t>(due) + 1);
  for (std::string& name : picture_.next_to_poll(most)) {
    const bool kind = !name.ends_with(".timer");
    questions_.push_back({.name = std::move(name), .kind = kind});
  }
}

void UnitWatch::Impl::on_signal(sd_bus_message* signal) {
  // Anybody on a bus may send us a signal that looks like one of systemd's.
  const char* const sender = ::sd_bus_message_get_sender(signal);
  if (!connection_ || !connection_->direct()) {
    const std::string_view from = sender == nullptr ? "" : sender;
    if (from == kBusName && ::sd_bus_message_is_signal(signal, kBusName, "NameOwnerChanged") > 0) {
      renew_ = true;
      return;
    }
    if (owner_.empty() || from != owner_) {
      return;
    }
  }
  bool sound = true;
  if (::sd_bus_message_is_signal(signal, kPropertiesInterface, "PropertiesChanged") > 0) {
    const std::string name = name_of(::sd_bus_message_get_path(signal));
    sound = name.empty() || picture_.take_change(name, signal, clocks());
  } else if (::sd_bus_message_is_signal(signal, kManagerInterface, nullptr) > 0) {
    sound = take_manager_signal(signal);
  }
  garbage_ = garbage_ || !sound;
}

bool UnitWatch::Impl::take_manager_signal(sd_bus_message* signal) {
  const char* const given = ::sd_bus_message_get_member(signal);
  const std::string_view member = given == nullptr ? "" : given;
  const char* name = nullptr;
  if (member == "UnitNew" || member == "UnitRemoved") {
    if (::sd_bus_message_read(signal, "so", &name, nullptr) <= 0) {
      return false;
    }
    if (reloading_) {
      return true;  // everything goes and comes back; it is read anew afterwards
    }
    if (member == "UnitNew") {
      picture_.add_loaded(name);
    } else {
      picture_.drop_loaded(name);
    }
  } else if (member == "JobRemoved") {
    const char* result = nullptr;
    if (::sd_bus_message_read(signal, "uoss", nullptr, nullptr, &name, &result) <= 0) {
      return false;
    }
    picture_.end_job(name, result, services_.clock.wall_now());
  } else if (member == "Reloading") {
    int active = 0;
    if (::sd_bus_message_read(signal, "b", &active) <= 0) {
      return false;
    }
    reloading_ = active != 0;
    stale_rows_ = true;
    stale_files_ = true;
  } else if (member == "UnitFilesChanged") {
    stale_files_ = true;
  }
  return true;
}

UnitWatch::UnitWatch(monitor::Services& services) : impl_(std::make_unique<Impl>(services)) {}
UnitWatch::~UnitWatch() = default;

Task<Looked> UnitWatch::look(RunContext& context) {
  return impl_->look(context);
}

void UnitWatch::want(std::string_view name) {
  impl_->picture().want(name);
}

const Units& UnitWatch::units() const {
  return impl_->picture().units();
}

const Unit* UnitWatch::find(std::string_view name) const {
  return impl_->picture().find(name);
}

const std::vector<UnitStart>& UnitWatch::starts(std::string_view name) const {
  return impl_->memory().starts(name);
}

}  // namespace hale::checks
