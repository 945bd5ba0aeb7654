// [statsd] and [operations]: what applications send in.
#pragma once

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/operations/operations_settings.h"

namespace hale::config {

monitor::StatsdSettings read_statsd(const Layers& statsd, Reader& reader);
monitor::OperationsSettings read_operations(const Layers& operations, Reader& reader);

}  // namespace hale::config
