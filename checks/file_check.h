// Whether a file is as it should be: there, fresh, of a size, with a content, with rights; or all
// files that a pattern matches, each an item.
//
// The file system is asked in the pool for files, so that a dead mount holds up nothing but this
// check.
#pragma once

#include <memory>
#include <string>

#include "checks/file/expectation.h"
#include "checks/file/file_look.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& file_descriptor();

class FileCheck final : public monitor::Check {
 public:
  FileCheck(FileQuestion question, FileExpectation expectation);
  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  std::shared_ptr<const FileQuestion> question_;
  FileExpectation expectation_;
};

}  // namespace hale::checks
