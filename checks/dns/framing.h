// One question and its answer on a stream, each behind its length in two bytes (RFC 1035 section
// 4.2.2): the part that TCP and TLS share. Engine thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/write.hpp>

#include "checks/dns/query.h"
#include "checks/net/time_limit.h"

namespace hale::checks::dns {

// The answer was there, and was none.
monitor::Outcome malformed(const std::string& why);

// The stream ended with `error` after `got` bytes of an answer of `whole` (0: not known yet).
// Reaching the limit is a timeout; cancellation is thrown.
monitor::Outcome broken_stream(const asio::error_code& error, bool limit_reached, std::size_t got,
                               std::size_t whole);

// On a stream no stranger can speak: an answer to another question is a failure.
ReplyOrFailure take_framed(Bytes bytes, std::uint16_t id, const Question& question);

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message);

std::uint16_t stream_id();

// `limit` closes the stream.
template <class Stream>
monitor::Task<ReplyOrFailure> exchange_framed(Stream& stream, const TimeLimit& limit, Query query) {
  const std::uint16_t id = stream_id();
  const std::vector<std::uint8_t> bytes =
      framed(make_query(id, query.name, query.question.type, query.options));
  asio::error_code error;
  co_await asio::async_write(stream, asio::buffer(bytes),
                             asio::redirect_error(monitor::kUseTask, error));
  std::array<std::uint8_t, 2> head = {};
  std::size_t got = 0;
  if (!error && !limit.reached()) {
    got = co_await asio::async_read(stream, asio::buffer(head),
                                    asio::redirect_error(monitor::kUseTask, error));
  }
  if (error || limit.reached()) {
    co_return std::unexpected(broken_stream(error, limit.reached(), got, 0));
  }
  const auto size = static_cast<std::size_t>((head[0] << 8U) | head[1]);
  std::vector<std::uint8_t> body(size);
  got = co_await asio::async_read(stream, asio::buffer(body),
                                  asio::redirect_error(monitor::kUseTask, error));
  if (got < size) {
    co_return std::unexpected(broken_stream(error, limit.reached(), got, size));
  }
  co_return take_framed(body, id, query.question);
}

}  // namespace hale::checks::dns
