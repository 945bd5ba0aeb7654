// Dumps a table of sockets through netlink. Blocks, if only for the time that the kernel takes.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "checks/file_descriptor.h"
#include "checks/sockets/diag_message.h"

namespace hale::checks {

// A netlink socket that answers within two seconds; else errno.
std::expected<FileDescriptor, int> open_sock_diag();

// The table; else errno: ENOENT where the kernel has no such table, EINTR where it changed during
// each of several dumps, EBADMSG where the answer is not as documented.
std::expected<std::vector<DiagSocket>, int> dump_sockets(int netlink, DiagTable table);

}  // namespace hale::checks
