#pragma once

// Names of EXIF tags: EXIF 2.32 (CIPA DC-008), and exiftool's names where they differ. Pure.

#include <cstdint>
#include <string_view>

namespace wm::metadata {

enum class ExifPlace : std::uint8_t { main, exif, gps, interop };

/// How a value is formatted as text where its type is not enough.
enum class ExifForm : std::uint8_t {
  plain,
  exposure,   // a fraction of a second
  comment,    // eight bytes that name the character set, then text
  utf16,      // little endian: the XP tags of Windows
  version,    // four characters
  coordinate  // degrees, minutes, seconds; the preceding tag has the direction
};

struct ExifName {
  std::string_view name;
  ExifPlace place;
  std::uint16_t tag;
  ExifForm form = ExifForm::plain;
};

/// Ignores case; null when unknown.
[[nodiscard]] const ExifName* find_exif_name(std::string_view name);

}  // namespace wm::metadata
