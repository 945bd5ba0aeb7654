// Whether the other side of a connection has said anything. Any thread.
#pragma once

#include <cstdint>

namespace hale::checks::http {

// How many bytes the kernel has taken in on this TCP socket, read or not; 0 where it does not say.
// The end of the stream counts as one.
std::uint64_t received_bytes(int socket);

}  // namespace hale::checks::http
