#pragma once

// The directories of an EXIF block (EXIF 2.32, a TIFF structure without "Exif\0\0" before it) or of a TIFF
// file, and its values as text. Borrows the bytes. Nothing throws but std::bad_alloc.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/container/jpeg_segments.h"
#include "worker/container/tiff_reader.h"
#include "worker/metadata/containers.h"

namespace wm::metadata {

namespace exif_tag {
inline constexpr std::uint16_t compression = 0x0103, orientation = 0x0112, x_resolution = 0x011A,
                               y_resolution = 0x011B, resolution_unit = 0x0128, artist = 0x013B,
                               image_width = 0x0100, image_height = 0x0101, strip_offsets = 0x0111,
                               strip_sizes = 0x0117, thumbnail = 0x0201, thumbnail_size = 0x0202,
                               copyright = 0x8298, exif_directory = 0x8769, gps_directory = 0x8825,
                               interop_directory = 0xA005, maker_note = 0x927C, colour_space = 0xA001,
                               pixel_x = 0xA002, pixel_y = 0xA003;
}  // namespace exif_tag

/// How many bytes stand before the TIFF header: "Exif\0\0", also twice, or in small letters and with up to
/// four odd bytes before it, as some writers have it. 0 when there are none, or it is no EXIF block.
[[nodiscard]] std::size_t exif_head_size(ByteSpan block);

/// An EXIF block of a JPEG with its head ("Exif\0\0"). One that is too long for a segment goes on in those
/// after it, each with a head of its own.
struct ExifOfJpeg {
  std::size_t first = 0, end = 0;  // indices of its segments
  Bytes bytes;
};
[[nodiscard]] std::vector<ExifOfJpeg> exif_of_jpeg(const JpegSegments& file);

class ExifBlock {
 public:
  /// None when there is no TIFF header or no first directory. What exif_head_size() counts is skipped.
  [[nodiscard]] static std::optional<ExifBlock> read(ByteSpan block);

  [[nodiscard]] const TiffReader& reader() const { return reader_; }
  [[nodiscard]] const TiffDirectory& main() const { return main_; }
  [[nodiscard]] const std::optional<TiffDirectory>& exif() const { return exif_; }
  [[nodiscard]] const std::optional<TiffDirectory>& gps() const { return gps_; }
  [[nodiscard]] const std::optional<TiffDirectory>& interop() const { return interop_; }
  /// Of the embedded thumbnail; a TIFF file's second page is none.
  [[nodiscard]] const std::optional<TiffDirectory>& thumbnail() const { return thumbnail_; }

  /// 1..8; 1 when there is none or nonsense.
  [[nodiscard]] int orientation() const;

  /// The value of a tag by the name that the EXIF standard and exiftool have for it, in any case: "Artist",
  /// "DateTimeOriginal", "Model", "FNumber", "GPSLatitude". Clean UTF-8 on one line, at most 1000 bytes. None
  /// when the name is unknown, the tag is missing or its text is empty.
  ///
  ///   ExposureTime   "1/250", "2.5"
  ///   other rationals  "2.8"; several values are separated by spaces
  ///   GPSLatitude, GPSLongitude  degrees with sign: "-33.856784"
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

 private:
  ExifBlock(TiffReader reader, TiffDirectory main);
  TiffReader reader_;
  TiffDirectory main_;
  std::optional<TiffDirectory> exif_, gps_, interop_, thumbnail_;
};

/// True for names that ExifBlock::text() knows: others are mistakes in a template.
[[nodiscard]] bool is_exif_name(std::string_view name);

}  // namespace wm::metadata
