// The check types that this program knows, in the order they were added. Filled once by main from
// one explicit list (checks/builtin_checks.cc), then only read, from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "monitor/check_descriptor.h"

namespace hale::monitor {

class CheckRegistry {
 public:
  // The descriptor must outlive the registry; its name must be new.
  void add(const CheckDescriptor& descriptor);
  const CheckDescriptor* find(std::string_view name) const;  // null when unknown
  const std::vector<const CheckDescriptor*>& all() const { return descriptors_; }

 private:
  std::vector<const CheckDescriptor*> descriptors_;
};

}  // namespace hale::monitor
