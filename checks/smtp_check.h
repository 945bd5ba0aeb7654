// Check type `smtp`: would this mail server take mail?
#pragma once

#include <string>

#include "checks/smtp/session.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& smtp_descriptor();

class SmtpCheck final : public monitor::Check {
 public:
  explicit SmtpCheck(smtp::SmtpOptions options);

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  smtp::SmtpOptions options_;
};

}  // namespace hale::checks
