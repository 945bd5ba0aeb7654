#include "checks/icmp/tally.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "monitor/format.h"

namespace hale::checks::icmp {
namespace {

using monitor::Duration;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

std::string packets(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " packet" : " packets");
}

}  // namespace

void Tally::on_sent(monitor::TimePoint at) {
  packets_.push_back({.sent_at = at});
}

bool Tally::on_reply(std::uint16_t sequence, monitor::TimePoint at, Duration queued, int ttl,
                     bool intact) {
  if (sequence >= packets_.size() || packets_[sequence].rtt) {
    return false;
  }
  Packet& packet = packets_[sequence];
  const Duration all = std::max(at - packet.sent_at, Duration::zero());
  // The two clocks may have been set apart in between: never more than the whole.
  packet.rtt = all - std::clamp(queued, Duration::zero(), all);
  ++received_;
  damaged_ += intact ? 0U : 1U;
  if (ttl >= 0) {
    least_ttl_ = std::min(least_ttl_.value_or(ttl), ttl);
  }
  return true;
}

void Tally::on_complaint(std::uint16_t sequence, Complaint complaint) {
  if (sequence >= packets_.size()) {
    return;
  }
  packets_[sequence].complained = true;
  complaint_ = std::move(complaint);
}

bool Tally::settled() const {
  return std::all_of(packets_.begin(), packets_.end(),
                     [](const Packet& packet) { return packet.rtt || packet.complained; });
}

Tally::Times Tally::times() const {
  Times times;
  double sum = 0;
  double steps = 0;
  std::size_t pairs = 0;
  std::optional<double> before;
  for (const Packet& packet : packets_) {
    if (!packet.rtt) {
      continue;
    }
    const double rtt = monitor::to_seconds(*packet.rtt);
    sum += rtt;
    times.most_seconds = std::max(times.most_seconds, rtt);
    if (before) {
      steps += std::abs(rtt - *before);
      ++pairs;
    }
    before = rtt;
  }
  times.average_seconds = sum / static_cast<double>(received_);
  if (pairs > 0) {
    times.jitter_seconds = steps / static_cast<double>(pairs);
  }
  return times;
}

std::vector<monitor::Measurement> Tally::measurements() const {
  std::vector<monitor::Measurement> list;
  if (packets_.empty()) {
    return list;
  }
  const auto lost = static_cast<double>(sent() - received_);
  list.push_back({.name = "loss", .value = lost / static_cast<double>(sent())});
  if (received_ == 0) {
    return list;
  }
  const Times measured = times();
  list.push_back({.name = "rtt", .value = measured.average_seconds});
  list.push_back({.name = "rtt_max", .value = measured.most_seconds});
  if (measured.jitter_seconds) {
    list.push_back({.name = "jitter", .value = *measured.jitter_seconds});
  }
  if (least_ttl_) {
    list.push_back({.name = "ttl", .value = static_cast<double>(*least_ttl_)});
  }
  return list;
}

std::string Tally::complaint_text(Version version) const {
  if (!complaint_) {
    return "";
  }
  const std::string who = complaint_->from.empty() ? "a host on the way" : complaint_->from;
  return who + " says: " + explain(version, *complaint_);
}

Outcome Tally::outcome(Version version, Duration patience) const {
  if (received_ == 0 && complaint_) {
    return Outcome::fail(Reason::kUnreachable, Phase::kFirstByte, complaint_text(version),
                         complaint_code(*complaint_));
  }
  if (received_ == 0) {
    return Outcome::fail(
        Reason::kTimeout, Phase::kFirstByte,
        "no reply to " + packets(sent()) + " within " + monitor::format_duration(patience));
  }
  if (damaged_ > 0) {
    return Outcome::fail(Reason::kValidation, Phase::kEvaluate,
                         "the data of " + std::to_string(damaged_) + " of " +
                             std::to_string(received_) + " replies are not those that were sent");
  }
  const auto rtt =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(times().average_seconds));
  std::string message = std::to_string(received_) + " of " + packets(sent()) + " came back, in " +
                        monitor::format_duration(rtt) + (received_ > 1 ? " on average" : "");
  if (complaint_) {
    message += "; " + complaint_text(version);
  }
  return Outcome::pass(std::move(message));
}

}  // namespace hale::checks::icmp
