// What it means for a check that libcurl did not bring a whole answer. Pure.
#pragma once

#include <cstdint>
#include <string>

#include <curl/curl.h>

#include "monitor/check_result.h"

namespace hale::checks::http {

struct TransferEnd {
  CURLcode code = CURLE_OK;
  int system_error = 0;     // errno, where libcurl kept one
  long connect_status = 0;  // what a proxy answered to CONNECT
  std::string detail;       // libcurl's own words
  monitor::Phase phase = monitor::Phase::kNone;
  bool secure = false;
  bool http2 = false;          // it was demanded
  std::uint64_t received = 0;  // bytes of whatever the peer said, where HTTP/2 was demanded
  bool has_status = false;     // the answer has begun
  bool head_too_large = false;
  bool body_too_large = false;
  std::uint64_t max_size = 0;
  std::uint64_t size = 0;  // of the body, as far as it came
};

monitor::Outcome transfer_failure(const TransferEnd& end);

}  // namespace hale::checks::http
