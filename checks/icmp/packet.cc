#include "checks/icmp/packet.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hale::checks::icmp {
namespace {

constexpr std::uint8_t kV4Request = 8;
constexpr std::uint8_t kV4Reply = 0;
constexpr std::uint8_t kV6Request = 128;
constexpr std::uint8_t kV6Reply = 129;
constexpr std::size_t kIpv4HeaderBytes = 20;

struct Words {
  std::uint8_t type;
  std::uint8_t code;
  std::string_view text;
};

constexpr std::array kV4Words = {
    Words{3, 0, "network unreachable"},
    Words{3, 1, "host unreachable"},
    Words{3, 2, "protocol unreachable"},
    Words{3, 3, "port unreachable"},
    Words{3, 4, "too large to go on without being cut"},
    Words{3, 5, "the source's route failed"},
    Words{3, 6, "unknown network"},
    Words{3, 7, "unknown host"},
    Words{3, 9, "network forbidden"},
    Words{3, 10, "host forbidden"},
    Words{3, 11, "network unreachable for that kind of service"},
    Words{3, 12, "host unreachable for that kind of service"},
    Words{3, 13, "forbidden by a filter"},
    Words{11, 0, "the time to live ran out"},
    Words{11, 1, "pieces of the packet got lost"},
};

constexpr std::array kV6Words = {
    Words{1, 0, "no route"},
    Words{1, 1, "forbidden by a filter"},
    Words{1, 2, "beyond the scope of the source address"},
    Words{1, 3, "address unreachable"},
    Words{1, 4, "port unreachable"},
    Words{1, 5, "the source address is not allowed"},
    Words{1, 6, "the route rejects it"},
    Words{2, 0, "too large to go on"},
    Words{3, 0, "the hop limit ran out"},
    Words{3, 1, "pieces of the packet got lost"},
};

std::string_view words_in(const auto& words, const Complaint& complaint) {
  const auto found = std::find_if(words.begin(), words.end(), [&complaint](const Words& entry) {
    return entry.type == complaint.type && entry.code == complaint.code;
  });
  return found == words.end() ? std::string_view() : found->text;
}

void put_u16(std::vector<std::uint8_t>& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

std::uint16_t u16_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8U) | bytes[at + 1]);
}

std::optional<Echo> read_echo(std::uint8_t type, Bytes packet) {
  if (packet.size() < kHeaderBytes || packet[0] != type || packet[1] != 0) {
    return std::nullopt;
  }
  return Echo{u16_at(packet, 4), u16_at(packet, 6), packet.subspan(kHeaderBytes)};
}

}  // namespace

std::vector<std::uint8_t> make_payload(Bytes nonce, std::size_t size) {
  std::vector<std::uint8_t> payload(nonce.begin(), nonce.end());
  payload.resize(std::max(size, payload.size()));
  for (std::size_t i = nonce.size(); i < payload.size(); ++i) {
    payload[i] = static_cast<std::uint8_t>(i & 0xFFU);
  }
  return payload;
}

std::vector<std::uint8_t> make_request(Version version, std::uint16_t id, std::uint16_t sequence,
                                       Bytes payload) {
  std::vector<std::uint8_t> packet;
  packet.reserve(kHeaderBytes + payload.size());
  packet.push_back(version == Version::kV4 ? kV4Request : kV6Request);
  packet.push_back(0);
  put_u16(packet, 0);
  put_u16(packet, id);
  put_u16(packet, sequence);
  packet.insert(packet.end(), payload.begin(), payload.end());
  if (version == Version::kV4) {
    const std::uint16_t sum = checksum(packet);
    packet[2] = static_cast<std::uint8_t>(sum >> 8U);
    packet[3] = static_cast<std::uint8_t>(sum & 0xFFU);
  }
  return packet;
}

std::optional<Echo> read_reply(Version version, Bytes packet) {
  return read_echo(version == Version::kV4 ? kV4Reply : kV6Reply, packet);
}

std::optional<Echo> read_quoted_request(Version version, Bytes packet) {
  return read_echo(version == Version::kV4 ? kV4Request : kV6Request, packet);
}

Bytes behind_ipv4_header(Bytes packet) {
  if (packet.size() < kIpv4HeaderBytes || packet[0] >> 4U != 4) {
    return {};
  }
  const std::size_t header = (packet[0] & 0x0FU) * std::size_t{4};
  return header < kIpv4HeaderBytes || header > packet.size() ? Bytes() : packet.subspan(header);
}

std::uint16_t checksum(Bytes bytes) {
  std::uint32_t sum = 0;  // of at most 32768 words of 16 bits: no carry is lost
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i] << 8U) | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
  }
  while (sum > 0xFFFFU) {
    sum = (sum & 0xFFFFU) + (sum >> 16U);
  }
  return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

std::string explain(Version version, const Complaint& complaint) {
  const bool v4 = version == Version::kV4;
  const std::string_view words = v4 ? words_in(kV4Words, complaint) : words_in(kV6Words, complaint);
  std::string text = words.empty() ? "an error, " + complaint_code(complaint) : std::string(words);
  const bool too_large = v4 ? complaint.type == 3 && complaint.code == 4 : complaint.type == 2;
  if (too_large && complaint.information > 0) {
    text += " (" + std::to_string(complaint.information) + " bytes fit, headers included)";
  }
  return text;
}

std::string complaint_code(const Complaint& complaint) {
  return "ICMP " + std::to_string(complaint.type) + "/" + std::to_string(complaint.code);
}

}  // namespace hale::checks::icmp
