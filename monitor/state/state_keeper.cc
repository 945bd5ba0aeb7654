#include "monitor/state/state_keeper.h"

#include <algorithm>
#include <cerrno>
#include <expected>
#include <optional>
#include <utility>

#include "monitor/runtime/blocking_pool.h"
#include "monitor/state/state_text.h"

namespace hale::monitor {
namespace {

// What a call in the pool comes back with; copyable.
struct Opened {
  std::shared_ptr<StateFile> file;
  StateFile::Content content;
  std::optional<StateFileError> error;
};

Opened open_and_read(const std::string& folder) {
  auto file = StateFile::open(folder);
  if (!file) {
    return {.file = nullptr, .content = {}, .error = std::move(file.error())};
  }
  auto content = file->read();
  if (!content) {
    return {.file = nullptr, .content = {}, .error = std::move(content.error())};
  }
  return {.file = std::make_shared<StateFile>(std::move(*file)),
          .content = std::move(*content),
          .error = std::nullopt};
}

bool is_about_rights(int error) {
  return error == EACCES || error == EPERM || error == EROFS;
}

std::string describe(PoolFailure failure, const std::string& folder) {
  switch (failure) {
    case PoolFailure::kTimeout:
    case PoolFailure::kStuck:
      return folder + " does not answer";
    case PoolFailure::kFull:
      return "no thread is free to write to " + folder;
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return "the call to " + folder + " failed";
}

}  // namespace

StateKeeper::StateKeeper(Services& services, Options options, Told told)
    : services_(services),
      options_(std::move(options)),
      told_(std::move(told)),
      pause_(options_.every),
      wait_(services.executor, services.clock),
      tasks_(services.executor) {}

void StateKeeper::begin(std::function<void()> ready) {
  began_ = true;
  if (options_.folder.empty()) {
    ended_ = true;
    return ready();
  }
  tasks_.spawn(keep(std::move(ready)), [this](const std::exception_ptr&) { finish(); });
}

void StateKeeper::stop(std::function<void()> done) {
  on_stopped_ = std::move(done);
  tasks_.close();
  if (!began_ || ended_) {
    return finish();
  }
  wait_.wake();
}

void StateKeeper::finish() {
  ended_ = true;
  if (on_stopped_) {
    const std::function<void()> done = std::move(on_stopped_);
    done();  // may destroy the keeper
  }
}

Task<> StateKeeper::keep(std::function<void()> ready) {
  co_await read();
  ready();
  if (file_ == nullptr) {
    co_return;
  }
  while (true) {
    const bool last = static_cast<bool>(on_stopped_);
    if (services_.state.version() != written_) {
      co_await write();
    }
    if (last) {
      file_.reset();  // and with it the lock
      co_return;
    }
    const TimePoint next = services_.clock.now() + pause_;
    co_await wait_.wait_until(next);
  }
}

Task<> StateKeeper::read() {
  const TimePoint deadline = services_.clock.now() + kReadLimit;
  std::function<Opened()> work = [folder = options_.folder] { return open_and_read(folder); };
  auto opened =
      co_await services_.files.call<Opened>("state of the agent", deadline, std::move(work));
  if (!opened) {
    tell(Health::kFailed,
         describe(opened.error(), options_.folder) + "; nothing is kept from this run to the next");
    co_return;
  }
  if (const std::optional<StateFileError> error = opened->error) {
    const bool off = options_.by_default && is_about_rights(error->error);
    tell(off ? Health::kOff : Health::kFailed,
         error->message + "; nothing is kept from this run to the next");
    co_return;
  }
  file_ = opened->file;
  for (const auto& [name, section] : opened->content.sections) {
    for (const auto& [key, record] : section) {
      services_.state.put(name, key, record);
    }
  }
  written_ = services_.state.version();
  tell(Health::kOn, opened->content.problem);
}

Task<> StateKeeper::write() {
  const std::uint64_t version = services_.state.version();
  auto text = std::make_shared<const std::string>(state_text(services_.state.sections()));
  std::function<std::optional<StateFileError>()> work =
      [file = file_, text]() mutable -> std::optional<StateFileError> {
    auto written = file->write(*text);
    file.reset();  // the lock must not wait for the thread to forget this call
    return written ? std::nullopt : std::optional(std::move(written.error()));
  };
  const TimePoint deadline = services_.clock.now() + kWriteLimit;
  auto outcome = co_await services_.files.call<std::optional<StateFileError>>(
      "state of the agent: write", deadline, std::move(work));
  std::string problem;
  if (!outcome) {
    problem = describe(outcome.error(), options_.folder);
  } else if (const std::optional<StateFileError>& error = *outcome; error) {
    problem = error->message;
  }
  if (problem.empty()) {
    written_ = version;
    pause_ = options_.every;
    tell(Health::kOn, "");
  } else {
    ++failures_;
    pause_ = std::min(2 * pause_, kLongestPause);
    tell(Health::kFailed, problem + "; it is tried again");
  }
}

void StateKeeper::tell(Health health, std::string message) {
  if (health == health_ && (message == told_message_ || message.empty())) {
    return;
  }
  const bool again = health == Health::kOn && health_ == Health::kFailed;
  health_ = health;
  told_message_ = message;
  told_(health, again && message.empty() ? "state is kept again" : std::move(message));
}

}  // namespace hale::monitor
