// What a unit has written lately, from systemd's journal (sd-journal(3)). Reads files and may
// block: belongs into a BlockingPool.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "monitor/time.h"

namespace hale::checks {

// The messages of the processes of a unit, of the system's or of this user's manager, the latest
// first, none older than `since`: at most `most`, each cut off after 4 KiB. Empty where there is
// none, or none that may be read: those of the system are for root and the group systemd-journal.
std::vector<std::string> journal_of(const std::string& unit, monitor::WallTime since,
                                    std::size_t most);

}  // namespace hale::checks
