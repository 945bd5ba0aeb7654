// Which representation of the metrics a scraper wants, by its Accept and Accept-Encoding
// (RFC 9110, 12.5). Pure.
#pragma once

#include <string_view>

#include "exporters/prometheus/exposition.h"

namespace hale::exporters {

// The format with the highest weight, of several the one named first; text where nothing is named
// that there is: a scraper that reads none of them is better served with text than with an error.
ExpositionFormat negotiate_format(std::string_view accept);

bool accepts_gzip(std::string_view accept_encoding);

}  // namespace hale::exporters
