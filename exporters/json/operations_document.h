// GET /api/v1/operations as JSON. A pure function of the view.
#pragma once

#include <span>
#include <string>

#include "monitor/operations/operations_view.h"

namespace hale::exporters {

// `names`: only these operations; all where it is empty.
std::string operations_json(const monitor::OperationsView& view,
                            std::span<const std::string> names = {});

}  // namespace hale::exporters
