#pragma once

// The directories of an EXIF block (EXIF 2.32, a TIFF structure without "Exif\0\0" before it) or of a TIFF
// file, and its values as text. Borrows the bytes. Throws only std::bad_alloc.

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

/// The number of bytes before the TIFF header: "Exif\0\0", possibly twice, or in lower case and with up to
/// four stray bytes before it, as some writers have it. 0 when there are none, or when this is not an EXIF
/// block.
[[nodiscard]] std::size_t exif_head_size(ByteSpan block);

/// An EXIF block of a JPEG with its head ("Exif\0\0"). A block that is too long for one segment continues in
/// the following ones, each with its own head.
struct ExifOfJpeg {
  std::size_t first = 0, end = 0;  // indices of its segments
  Bytes bytes;
};
[[nodiscard]] std::vector<ExifOfJpeg> exif_of_jpeg(const JpegSegments& file);

class ExifBlock {
 public:
  /// Nullopt without a TIFF header or a first directory. Skips the bytes counted by exif_head_size().
  [[nodiscard]] static std::optional<ExifBlock> read(ByteSpan block);

  [[nodiscard]] const TiffReader& reader() const { return reader_; }
  [[nodiscard]] const TiffDirectory& main() const { return main_; }
  [[nodiscard]] const std::optional<TiffDirectory>& exif() const { return exif_; }
  [[nodiscard]] const std::optional<TiffDirectory>& gps() const { return gps_; }
  [[nodiscard]] const std::optional<TiffDirectory>& interop() const { return interop_; }
  /// The directory of the embedded thumbnail; a TIFF file's second page is not a thumbnail.
  [[nodiscard]] const std::optional<TiffDirectory>& thumbnail() const { return thumbnail_; }

  /// 1..8; 1 when it is missing or invalid.
  [[nodiscard]] int orientation() const;

  /// The value of a tag by its name in the EXIF standard or in exiftool, ignoring case: "Artist",
  /// "DateTimeOriginal", "Model", "FNumber", "GPSLatitude". Clean UTF-8 on one line, at most 1000 bytes.
  /// Nullopt when the name is unknown, the tag is missing or its text is empty.
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

/// True for names supported by ExifBlock::text(): others are mistakes in a template.
[[nodiscard]] bool is_exif_name(std::string_view name);

}  // namespace wm::metadata
