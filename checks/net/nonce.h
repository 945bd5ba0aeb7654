// Numbers that nobody else on the network may guess: an id that tells an answer from a forgery. Not
// drawn from monitor::Random, whose values decide what the agent does and can be computed from one
// another: what goes out on the wire must not give it away. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hale::checks {

void fill_nonce(std::span<std::uint8_t> bytes);
std::uint16_t nonce16();

}  // namespace hale::checks
