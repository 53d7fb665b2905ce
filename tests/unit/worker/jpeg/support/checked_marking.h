#pragma once

// Marks a file in place and checks all that must hold for every file: what is outside of the touched MCUs is
// the same, what is inside is as good as it can be, nothing else has changed.

#include <vector>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "tests/unit/worker/jpeg/support/jpeg_oracle.h"
#include "tests/unit/worker/jpeg/support/marks.h"
#include "worker/jpeg/in_place_marker.h"

namespace wm::test {

struct Checked {
  jpeg::Candidate candidate;
  jpeg::MarkedJpeg marked;
  OraclePicture source, result;
};

/// The new file in one piece. Fails the test when the file cannot be marked in place.
[[nodiscard]] jpeg::MarkedJpeg mark_or_fail(jpeg::Bytes file, const std::vector<jpeg::MarkLayer>& layers);

Checked check_marking(const JpegRecipe& recipe, const std::vector<jpeg::MarkLayer>& layers);
Checked check_marking(jpeg::Bytes file, const std::vector<jpeg::MarkLayer>& layers, bool rgb_inside = false);

}  // namespace wm::test
