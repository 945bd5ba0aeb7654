// What became of the packets of one run, and what that means. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/icmp/packet.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks::icmp {

class Tally {
 public:
  // Sequence numbers begin at 0 and have no gaps.
  void on_sent(monitor::TimePoint at);

  // A reply with the run's nonce. `queued` is how long it had lain in the kernel at `at`. Of
  // several replies to one packet the first counts. True: it is news.
  bool on_reply(std::uint16_t sequence, monitor::TimePoint at, monitor::Duration queued, int ttl,
                bool intact);
  void on_complaint(std::uint16_t sequence, Complaint complaint);

  std::size_t sent() const { return packets_.size(); }
  std::size_t received() const { return received_; }
  // Nothing more will come of the packets that were sent, as far as is known.
  bool settled() const;

  // loss, and, where anything came back, rtt, rtt_max, ttl and, from two replies on, jitter.
  std::vector<monitor::Measurement> measurements() const;

  // `patience`: how long the last packet was waited for.
  monitor::Outcome outcome(Version version, monitor::Duration patience) const;

 private:
  struct Packet {
    monitor::TimePoint sent_at;
    std::optional<monitor::Duration> rtt = std::nullopt;
    bool complained = false;
  };
  struct Times {
    double average_seconds = 0;
    double most_seconds = 0;
    std::optional<double> jitter_seconds;
  };

  Times times() const;  // of at least one reply
  std::string complaint_text(Version version) const;

  std::vector<Packet> packets_;
  std::size_t received_ = 0;
  std::size_t damaged_ = 0;  // replies whose payload is not what was sent
  std::optional<int> least_ttl_;
  std::optional<Complaint> complaint_;  // the last one
};

}  // namespace hale::checks::icmp
