// The status API: which path is whose, which methods it has, and what of it may be answered again
// from memory. The endpoints themselves are in endpoints.h.
//
// One thread. What depends on the board only is rendered once for each publication of the board,
// at most ten times a second, however often it is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporters/http/commands.h"
#include "exporters/http/message.h"
#include "exporters/prometheus/metrics.h"
#include "monitor/board.h"
#include "monitor/operations/operations.h"
#include "monitor/runtime/clock.h"
#include "monitor/time.h"

namespace hale::exporters {

// Where the API gets what it tells; all outlive it.
struct Sources {
  const monitor::Board& board;
  const monitor::Clock& clock;
  Commands& commands;
  monitor::Operations& operations;
  std::function<HttpStats()> http_stats;
  std::string configuration;  // the effective one as TOML, secrets masked
  monitor::MetricsSettings metrics;
};

class Api {
 public:
  static constexpr std::size_t kMaxTargetSize = 8 * 1024;
  static constexpr std::size_t kMaxBodySize = 64 * 1024;

  explicit Api(Sources sources) : sources_(std::move(sources)) {}

  // HEAD is answered as GET is; leaving out the body is up to the server.
  Reply handle(const Request& request);

 private:
  // Responses of the board as it was published last; emptied when that has changed.
  class Cache {
   public:
    void keep_for(std::uint64_t version, bool alive);
    const Response* find(std::string_view target, monitor::TimePoint now) const;
    void add(std::string_view target, const Response& response, monitor::TimePoint expires);
    void clear();

   private:
    // What a stranger who varies the query can make us keep.
    static constexpr std::size_t kMaxEntries = 64;
    static constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;

    struct Entry {
      Response response;
      monitor::TimePoint expires;
    };
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
      }
    };

    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
    std::size_t bytes_ = 0;
    std::uint64_t version_ = 0;
    bool alive_ = false;
  };

  Result<Reply> route(const Request& request, std::shared_ptr<const monitor::BoardView> view,
                      bool alive, monitor::TimePoint now);

  Sources sources_;
  Cache cache_;
};

}  // namespace hale::exporters
