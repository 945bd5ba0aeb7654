// The exchanges that a bare loop makes: what each check of the network does, with nothing around
// it.
#pragma once

#include <memory>

#include "tests/bench/bare_loop.h"

namespace hale::bench {

// A connect: socket, connect, the wait for it, the question for SO_ERROR, close.
std::unique_ptr<BareLoop> make_bare_connects(const Targets& targets);

// A fixed GET over a new connection, and the answer to its end by its Content-Length; anything but
// 200 has failed. One epoll_ctl a connection: it is watched for both directions, by edges.
std::unique_ptr<BareLoop> make_bare_gets(const Targets& targets);

// A question for an A record and its answer, over a socket of its own.
std::unique_ptr<BareLoop> make_bare_questions(const Targets& targets);

// An echo request and its reply, over a socket of its own: one for datagrams where the kernel lets
// this user have it, as the check does, else a raw one.
std::unique_ptr<BareLoop> make_bare_echoes(const Targets& targets);
bool may_ping_by_datagrams();

}  // namespace hale::bench
