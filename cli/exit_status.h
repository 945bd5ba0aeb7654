// What the program's exit status says; part of the contract with users.
#pragma once

#include <string_view>

namespace hale::cli {

inline constexpr int kHealthy = 0;
inline constexpr int kDegraded = 1;
inline constexpr int kUnhealthy = 2;
inline constexpr int kUnknown = 3;

inline constexpr int kOk = 0;
inline constexpr int kDiffers = 1;         // validate --diff, as diff(1)
inline constexpr int kUsage = 64;          // wrong usage
inline constexpr int kUnavailable = 69;    // the daemon cannot be reached, or the address is taken
inline constexpr int kInternal = 70;       // a bug, or the machine has run out of something
inline constexpr int kConfiguration = 78;  // invalid configuration

// Of an overall status, as Nagios plugins do.
int exit_status_of(std::string_view status);

}  // namespace hale::cli
