#pragma once

// The colour numbers of a finished HEIF file, which libheif's writer does not know.

#include <cstddef>
#include <vector>

#include "worker/format/heif_contents.h"

namespace wm::avif {

/// Says of every picture of `file` that its colours are of these primaries and this curve; how they are coded
/// (matrix and range) stays as its writer said. False when the file says nothing of colours, so that nothing
/// can be changed.
[[nodiscard]] bool set_colour_codes(std::vector<std::byte>& file, const ColourCodes& colour);

}  // namespace wm::avif
