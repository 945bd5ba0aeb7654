// What it means when TLS itself fails: the handshake, or a record after it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "monitor/check_result.h"

namespace hale::checks::tls {

// Whether these bytes could begin what a TLS peer sends (RFC 8446 section 5.1). True for none.
bool could_be_tls(std::string_view first_bytes);

// `error` is OpenSSL's, from its queue; 0 where it had nothing to say. `first_bytes` are what the
// peer began with. A peer that speaks something else is `protocol`; one that refuses our own
// certificate, or misses it, `auth`; everything else `tls`.
monitor::Outcome failure_of(unsigned long error, std::string_view first_bytes,
                            monitor::Phase phase);

// The peer closed before the handshake was over.
monitor::Outcome closed_in_handshake(std::string_view first_bytes);

}  // namespace hale::checks::tls
