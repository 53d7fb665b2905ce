#pragma once

// Whether a JPEG that libjpeg decodes with warnings shows the encoded picture.

#include <optional>
#include <string>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// Decodes `file` like libjpeg and discards the pixels. Returns the first warning after which pixels differ
/// from the encoded ones (a code that does not exist, a scan that ends early), or the error; nullopt without
/// such a warning, as for stray bytes between segments. Pure except for libjpeg's memory.
[[nodiscard]] std::optional<std::string> scan_damage(Bytes file);

}  // namespace wm::jpeg
