// The version of the program.
#pragma once

namespace hale::cli {

// As the build says; HALE_VERSION comes from CMake's project().
inline constexpr const char* kVersion = HALE_VERSION;

}  // namespace hale::cli
