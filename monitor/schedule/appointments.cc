#include "monitor/schedule/appointments.h"

#include <algorithm>

namespace hale::monitor {
namespace {

bool is_later(const Appointment& a, const Appointment& b) {
  return a.time != b.time ? a.time > b.time : a.serial > b.serial;
}

}  // namespace

void Appointments::add(const Appointment& appointment) {
  if (heap_.size() >= sweep_at_) {
    std::erase_if(heap_, outdated_);
    std::ranges::make_heap(heap_, is_later);
    sweep_at_ = std::max(kSmall, 2 * heap_.size());
  }
  heap_.push_back(appointment);
  std::ranges::push_heap(heap_, is_later);
}

std::optional<TimePoint> Appointments::next() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front().time);
}

std::optional<Appointment> Appointments::take_due(TimePoint now) {
  while (!heap_.empty() && heap_.front().time <= now) {
    std::ranges::pop_heap(heap_, is_later);
    const Appointment appointment = heap_.back();
    heap_.pop_back();
    if (!outdated_(appointment)) {
      return appointment;
    }
  }
  return std::nullopt;
}

}  // namespace hale::monitor
