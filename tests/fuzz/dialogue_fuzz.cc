// Whatever a peer says in a dialogue or while changing to TLS: judged without a crash, and the same
// however it arrives.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checks/excerpt.h"
#include "checks/net/dialogue.h"
#include "checks/net/starttls.h"
#include "checks/tls/certificate_file.h"
#include "checks/tls/failure.h"
#include "monitor/assert.h"

namespace {

using hale::checks::Judge;
using hale::checks::Judgement;

// What was decided on part of the bytes is not taken back when more come.
void judge(Judge judge, std::string_view data) {
  const Judgement whole = judge(data);
  HALE_ASSERT(whole.size <= data.size());
  for (std::size_t size = 0; size < data.size() && size < 64; ++size) {
    const Judgement part = judge(data.substr(0, size));
    if (part.kind == Judgement::Kind::kDone) {
      HALE_ASSERT(whole.kind == Judgement::Kind::kDone && whole.size == part.size);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  judge(&hale::checks::judge_postgres_answer, data);
  judge(&hale::checks::judge_mysql_greeting, data);
  judge(&hale::checks::judge_ldap_answer, data);
  HALE_ASSERT(hale::checks::escaped(data).size() <= hale::checks::kExcerptBytes);
  hale::checks::looks_like_tls(data);
  hale::checks::tls::failure_of(0, data, hale::monitor::Phase::kTls);
  hale::checks::tls::judge_file("file", data, {}, hale::monitor::WallTime());
  if (const auto pattern = hale::checks::Pattern::compile("^2[0-9]{2} .*\\n")) {
    const auto end = pattern->match_end(data);
    HALE_ASSERT(!end || *end <= size);
  }
  return 0;
}
