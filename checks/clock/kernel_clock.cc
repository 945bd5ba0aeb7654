#include "checks/clock/kernel_clock.h"

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <sys/timex.h>

#include "checks/os_error.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

std::string seconds_text(double seconds) {
  return monitor::format_value(monitor::Unit::kSeconds, seconds);
}

void add(CheckResult& result, std::string_view name, double value) {
  monitor::Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  result.measurements.push_back(std::move(measurement));
}

Outcome not_synchronised(std::string message) {
  return Outcome::warn(Reason::kStatus, Phase::kRun, std::move(message), "unsynchronised");
}

std::string_view leap_text(int leap) {
  return leap == 1   ? ", a leap second will be inserted"
         : leap == 2 ? ", a second will be left out"
                     : "";
}

CheckResult chrony_result(const ChronyTracking& chrony) {
  constexpr std::uint32_t kOwnClock = 0x7F7F0101;
  CheckResult result;
  const bool synchronised = chrony.leap != 3 && chrony.stratum > 0 && chrony.stratum < 16;
  add(result, "synchronised", synchronised ? 1 : 0);
  if (!synchronised) {
    result.outcome =
        not_synchronised("chronyd is not synchronised: it has no source that it trusts");
    return result;
  }
  const double distance = chrony.root_delay_s / 2 + chrony.root_dispersion_s;
  add(result, "offset", std::abs(chrony.correction_s));
  add(result, "stratum", chrony.stratum);
  add(result, "root_distance", distance);
  std::string message = seconds_text(std::abs(chrony.correction_s));
  message += chrony.correction_s < 0 ? " ahead" : " behind";
  message += " by chronyd's reckoning, stratum " + std::to_string(chrony.stratum) +
             ", root distance " + seconds_text(distance);
  message += chrony.reference == kOwnClock ? ", by its own clock alone" : "";
  message += leap_text(chrony.leap);
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

}  // namespace

std::expected<KernelClock, int> read_kernel_clock() {
  timex raw{};
  const int state = ::adjtimex(&raw);
  if (state < 0) {
    return std::unexpected(errno);
  }
  KernelClock clock;
  clock.synchronised = state != TIME_ERROR && (raw.status & STA_UNSYNC) == 0;
  clock.estimated_error_s = static_cast<double>(raw.esterror) / 1e6;
  clock.maximum_error_s = static_cast<double>(raw.maxerror) / 1e6;
  clock.leap = (raw.status & STA_INS) != 0 ? 1 : (raw.status & STA_DEL) != 0 ? 2 : 0;
  return clock;
}

CheckResult local_clock_result(const std::expected<KernelClock, int>& kernel,
                               const std::optional<ChronyTracking>& chrony) {
  if (chrony) {
    return chrony_result(*chrony);
  }
  CheckResult result;
  if (!kernel) {
    const int error = kernel.error();
    const Reason reason = error == EPERM || error == EACCES ? Reason::kPermission
                          : error == ENOSYS                 ? Reason::kUnsupported
                                                            : Reason::kInternal;
    result.outcome = Outcome::unknown(reason, Phase::kRun,
                                      "cannot ask the kernel about its clock: " + errno_text(error),
                                      errno_name(error));
    return result;
  }
  add(result, "synchronised", kernel->synchronised ? 1 : 0);
  if (!kernel->synchronised) {
    result.outcome = not_synchronised(
        "the clock is not synchronised: nothing steers it that the kernel knows of");
    return result;
  }
  add(result, "root_distance", kernel->maximum_error_s);
  add(result, "estimated_error", kernel->estimated_error_s);
  std::string message = "synchronised by the kernel's account, estimated error " +
                        seconds_text(kernel->estimated_error_s) + ", at most " +
                        seconds_text(kernel->maximum_error_s);
  message += leap_text(kernel->leap);
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

}  // namespace hale::checks
