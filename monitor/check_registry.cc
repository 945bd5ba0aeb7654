#include "monitor/check_registry.h"

#include "monitor/assert.h"

namespace hale::monitor {

void CheckRegistry::add(const CheckDescriptor& descriptor) {
  HALE_ASSERT(find(descriptor.name) == nullptr);
  HALE_ASSERT(descriptor.make != nullptr);
  descriptors_.push_back(&descriptor);
}

const CheckDescriptor* CheckRegistry::find(std::string_view name) const {
  for (const CheckDescriptor* descriptor : descriptors_) {
    if (descriptor->name == name) {
      return descriptor;
    }
  }
  return nullptr;
}

}  // namespace hale::monitor
