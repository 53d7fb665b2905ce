#pragma once

// Whether a JPEG that libjpeg decodes with warnings shows the encoded picture.

#include <cstdint>
#include <optional>
#include <string>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// What a decoder that continues after damage makes of the picture.
enum class ScanLoss : std::uint8_t {
  nothing,  // all data are there
  rows,     // there are no data for the rows after the sound ones
  unsure,   // rows after the sound ones may be wrong
  detail,   // of several scans, some data are missing or wrong
};

struct ScanDamage {
  std::string text;  // the first warning after which pixels differ from the encoded ones, or the error
  ScanLoss loss = ScanLoss::unsure;
  int rows = 0;        // of the picture; 0 when its header cannot be read
  int sound_rows = 0;  // above the damage: whole rows of MCUs
};

/// Decodes `file` like libjpeg and discards the pixels. Damage is a code that does not exist, or a scan that
/// ends early; stray bytes between segments are none. Nullopt for a sound file. Pure except for libjpeg's
/// memory.
[[nodiscard]] std::optional<ScanDamage> scan_damage(Bytes file);

}  // namespace wm::jpeg
