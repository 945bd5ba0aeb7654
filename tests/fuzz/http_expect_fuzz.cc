// Judging what a server sent, and following where it points to. The input is an answer: its first
// line the status, then header fields up to a blank line, then the body.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks/grpc/health_answer.h"
#include "checks/http/expect.h"
#include "checks/http/redirect.h"
#include "checks/mask.h"
#include "monitor/assert.h"
#include "tests/support/default_parameters.h"

namespace {

using hale::checks::Mask;
using namespace hale::checks::http;
using hale::monitor::Text;

Expectations make_expectations() {
  hale::monitor::Parameters parameters = hale::test::default_parameters(expect_keys());
  parameters.set("body_contains", std::string("ok"));
  parameters.set("body_regex", std::string("o+k|^x{1,20}$"));
  parameters.set("body_not_regex", std::string("(?i)error"));
  parameters.set("header", hale::monitor::TextMap{{"server", Text{.value = "~^n(gin)?x"}}});
  parameters.set("json", hale::monitor::TextMap{{"a.b[0]", Text{.value = "< 3"}},
                                                {"len(a)", Text{.value = ">= 1"}}});
  auto made = Expectations::make(parameters);
  HALE_ASSERT(made.has_value());
  return std::move(*made);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

Answer to_answer(std::string_view text) {
  Answer answer;
  answer.status_line = take_line(text);
  answer.status = 200;
  const std::string_view digits = std::string_view(answer.status_line).substr(0, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), answer.status);
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }
  answer.body = text;
  answer.size = text.size();
  return answer;
}

void expect_fit(const std::optional<hale::monitor::Outcome>& outcome) {
  if (!outcome) {
    return;
  }
  HALE_ASSERT(outcome->result != hale::monitor::Result::kPass);
  HALE_ASSERT(outcome->message.size() < 2000);
  for (const char c : outcome->message) {
    HALE_ASSERT(static_cast<unsigned char>(c) >= ' ');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Expectations kExpect = make_expectations();
  static const Mask kMask = [] {
    Mask mask;
    mask.add("sesame");
    return mask;
  }();
  const Answer answer = to_answer({reinterpret_cast<const char*>(data), size});
  for (const bool whole : {false, true}) {
    Verdict verdict(whole);
    kExpect.judge_head(answer, kMask, verdict);
    kExpect.judge_body(answer.body, kMask, verdict);
    expect_fit(verdict.failure());
    HALE_ASSERT(whole || verdict.lines().empty());
  }
  (void)hale::checks::grpc::judge(answer, "service");

  const auto base = parse_url("https://example.org/a/b?c");
  HALE_ASSERT(base.has_value());
  const auto target = resolve_reference(*base, find_header(answer.headers, "location"));
  if (target) {
    HALE_ASSERT(target->scheme == "http" || target->scheme == "https");
    HALE_ASSERT(!target->host.empty() && !target->text.contains('\n'));
    HALE_ASSERT(parse_url(target->text).has_value());
    Request request;
    request.url = *base;
    request.headers = {{.name = "Authorization", .value = "sesame"}};
    (void)redirect(request, 302, *target);
    HALE_ASSERT(request.headers.empty() || target->host == base->host);
  }
  return 0;
}
