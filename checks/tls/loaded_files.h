// Things made of files, read off the loop and kept until the files change.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "checks/tls/file_stamp.h"
#include "checks/tls/handles.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/task.h"

namespace hale::checks::tls {

// Loop thread only. An entry is the list of its files; none is forgotten, since they come from the
// configuration. Invariant: an entry has a value exactly when its files were readable once.
template <class T>
class LoadedFiles {
 public:
  using Made = std::expected<std::shared_ptr<T>, std::string>;
  using Make = Made (*)(const std::vector<std::string>& texts);  // any thread

  explicit LoadedFiles(Make make) : make_(make) {}

  // The error is the outcome of a check that got no further; operation_aborted is thrown when
  // cancelled.
  monitor::Task<std::expected<std::shared_ptr<T>, monitor::Outcome>> get(
      monitor::RunContext& context, std::vector<std::string> paths) {
    Entry& entry = entries_[paths];  // stays where it is
    const monitor::TimePoint now = context.clock().now();
    if (entry.value && now - entry.looked_at < kLookAgainAfter) {
      co_return entry.value;
    }
    const monitor::TimePoint give_up = patience_ends(context);
    std::string key = "load";
    for (const std::string& path : paths) {
      key += ":" + path;
    }
    const bool loaded = entry.value != nullptr;
    std::function<Look()> work = [make = make_, paths, known = entry.stamps, loaded] {
      return look(make, paths, loaded ? known : std::vector<FileStamp>());
    };
    const std::expected<Look, monitor::PoolFailure> reply =
        co_await context.services().files.call(std::move(key), give_up, std::move(work));
    if (!reply && reply.error() == monitor::PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    if (!reply && entry.value) {
      co_return entry.value;
    }
    if (!reply) {
      co_return std::unexpected(could_not_load(reply.error(), paths.front(), context.phase()));
    }
    const std::optional<FileProblem>& problem = reply->problem;
    if (problem) {
      co_return std::unexpected(could_not_use(*problem, context.phase()));
    }
    entry.looked_at = now;
    if (reply->value) {
      entry.value = reply->value;
      entry.stamps = reply->stamps;
    }
    co_return entry.value;
  }

 private:
  static constexpr monitor::Duration kLookAgainAfter = std::chrono::seconds(5);

  struct Entry {
    std::shared_ptr<T> value;
    std::vector<FileStamp> stamps;
    monitor::TimePoint looked_at;
  };
  struct Look {
    std::shared_ptr<T> value;  // null: nothing changed, or there is a problem
    std::vector<FileStamp> stamps;
    std::optional<FileProblem> problem;
  };

  // On a thread of the pool.
  static Look look(Make make, const std::vector<std::string>& paths,
                   const std::vector<FileStamp>& known) {
    const PoolThreadUse use;
    Look look;
    std::vector<std::string> texts;
    for (const std::string& path : paths) {
      look.stamps.push_back(stamp_of(path));
    }
    if (look.stamps == known) {
      return look;
    }
    for (const std::string& path : paths) {
      auto text = read_text(path);
      if (!text) {
        look.problem = std::move(text.error());
        return look;
      }
      texts.push_back(std::move(*text));
    }
    Made made = make(texts);
    if (!made) {
      look.problem = FileProblem{.path = paths.front(), .text = std::move(made.error())};
      return look;
    }
    look.value = std::move(*made);
    return look;
  }

  Make make_;
  std::map<std::vector<std::string>, Entry> entries_;
};

}  // namespace hale::checks::tls
