// The services that `hale discover` knows, as data: what each is called, how to recognise it, how
// to ask whether it is well, and whether a host can do without it. A new one is an entry in
// known_services.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hale::discovery {

// What a service is for. Each is a group of the configuration, in this order.
enum class Field : std::uint8_t {
  kWeb,
  kDatabase,
  kCache,
  kQueue,
  kInference,
  kBase,  // names, mail, log-ins: what the others take for granted
  kMonitoring,
  kOther,
};
inline constexpr int kFieldCount = 8;

struct FieldFacts {
  std::string_view group;  // its name in the configuration
  std::string_view title;
};
const FieldFacts& facts_of(Field field);

// What an answer may look like, and what it says about the service.
struct KnownReply {
  std::string_view pattern;  // of the key `expect` of a dialogue
  std::string_view meaning;  // ends "it answered "
};

enum class Talk : std::uint8_t {
  kConnect,   // nothing may be said, or nothing is known that could be
  kHint,      // as the port suggests: it is somebody else's, who is not seen
  kHttp,      // GET, of `path`
  kDialogue,  // `send`, which may be empty, and then one of `replies`
  kStartTls,  // tcp with `starttls`: TLS in the protocol's own way, named by `path`
  kSmtp,
  kDns,
};

// How to ask. Nothing here needs a password, changes anything, or reads as an attack in a log.
struct Approach {
  Talk talk = Talk::kConnect;
  std::string_view path = {};
  std::string_view send = {};
  std::vector<KnownReply> replies = {};
};

// A port that a service uses for something of its own.
struct KnownPort {
  std::uint16_t port = 0;
  Approach approach;
};

struct KnownService {
  std::string_view id;     // begins the names of its checks
  std::string_view title;  // for people
  Field field = Field::kOther;
  std::vector<std::string_view> programs;        // globs for the name of the program
  std::vector<std::string_view> arguments = {};  // of an interpreter: one of them contains this
  std::vector<std::string_view> units = {};      // globs
  Approach usual = {};                           // on any port but these:
  std::vector<KnownPort> ports = {};
  bool critical = false;
  std::string_view why;  // it is critical, or not
  // Made for the services of one host or one network: on every address it is a risk.
  bool internal = false;
};

std::span<const KnownService> known_services();

// Ports that usually speak HTTP, or begin with TLS: hints for what nobody recognises.
bool suggests_http(std::uint16_t port);
bool suggests_tls(std::uint16_t port);

}  // namespace hale::discovery
