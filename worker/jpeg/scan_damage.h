#pragma once

// Whether a JPEG that libjpeg decodes with warnings shows what was encoded.

#include <optional>
#include <string>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// Decodes `file` as libjpeg does and throws the pixels away. The first warning after which pixels are not
/// those that were encoded (a code that does not exist, a scan that ends early), or the error; none when
/// there is no such warning, as for stray bytes between segments. Pure but for libjpeg's memory.
[[nodiscard]] std::optional<std::string> scan_damage(Bytes file);

}  // namespace wm::jpeg
