// How each protocol changes to TLS on the port that it also speaks plainly on.
#pragma once

#include <string_view>
#include <vector>

#include "checks/net/dialogue.h"
#include "monitor/check_descriptor.h"

namespace hale::checks {

// The key `starttls`: the protocols below.
monitor::KeyDescriptor starttls_key();

// The steps from the first byte to TLS, inclusive: smtp (RFC 3207), imap (RFC 9051 section 6.2.1),
// pop3 and its STLS (RFC 2595 section 4), ftp (RFC 4217 section 4), ldap (RFC 4511 section 4.14),
// postgres ("SSL Session Encryption" in its protocol's documentation), mysql (its "Protocol::
// SSLRequest"). Asserts that the protocol is one of them.
Dialogue starttls_steps(std::string_view protocol);

// Pure judges of the binary ones. Any number of bytes of a peer's answer.
Judgement judge_postgres_answer(std::string_view received);
Judgement judge_mysql_greeting(std::string_view received);
Judgement judge_ldap_answer(std::string_view received);

}  // namespace hale::checks
