// What an HTTP check is measured against beside the bare loop: libcurl alone, its multi interface
// on epoll, an easy handle and a connection a request. Used on one thread.
#pragma once

#include <string>

#include "tests/bench/bare_loop.h"

namespace hale::bench {

// Both set: TLS, with these authorities only, verified as libcurl does it by default.
struct CurlSettings {
  std::string server_name = "";
  std::string ca_file = "";
};

// Asks each target once an interval, evenly spread over it, for `duration`; then drops what is
// still in flight. Anything but 200 has failed.
BareLoopCounts run_bare_curl_loop(const Targets& targets, const CurlSettings& settings,
                                  monitor::Duration duration);

}  // namespace hale::bench
