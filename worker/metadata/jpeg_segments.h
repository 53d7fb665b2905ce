#pragma once

// The marker segments of a whole JPEG file in memory (ITU T.81 Annex B), and where its picture ends. Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "worker/metadata/bytes.h"

namespace wm::metadata {

struct JpegSegment {
  std::uint8_t marker = 0;
  ByteRange range;   // from its 0xFF
  ByteSpan whole;    // marker, length and payload
  ByteSpan payload;  // without marker and length
  [[nodiscard]] bool is(std::uint8_t app, std::string_view signature) const {
    return marker == app && starts_with(payload, signature);
  }
  [[nodiscard]] bool is_frame() const {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }
  [[nodiscard]] bool is_metadata() const { return (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE; }
};

inline constexpr std::uint8_t app0 = 0xE0, app1 = 0xE1, app2 = 0xE2, app13 = 0xED, app14 = 0xEE, com = 0xFE;

using namespace std::string_view_literals;
inline constexpr std::string_view jfif_signature = "JFIF\0"sv, jfxx_signature = "JFXX\0"sv,
                                  exif_signature = "Exif\0\0"sv,
                                  xmp_signature = "http://ns.adobe.com/xap/1.0/\0"sv,
                                  xmp_extension_signature = "http://ns.adobe.com/xmp/extension/\0"sv,
                                  icc_signature = "ICC_PROFILE\0"sv, mpf_signature = "MPF\0"sv,
                                  irb_signature = "Photoshop 3.0\0"sv, adobe_signature = "Adobe"sv;

/// Of one segment behind marker and length.
inline constexpr std::size_t max_segment_payload = 65533;

struct JpegSegments {
  std::vector<JpegSegment> segments;  // those with a length, also between scans
  std::size_t end = 0;                // behind EOI, or of the file where there is none
};

/// Of the first frame; 0 when there is none.
[[nodiscard]] int components_of(const JpegSegments& file);

/// None when the file does not begin with SOI or has more than 200,000 segments. Bytes between segments that
/// belong to none are skipped, as decoders do.
[[nodiscard]] std::optional<JpegSegments> read_jpeg_segments(ByteSpan file);

/// An EXIF block with its head ("Exif\0\0"). One that is too long for a segment goes on in those behind it,
/// each with a head of its own.
struct ExifOfJpeg {
  std::size_t first = 0, end = 0;  // indices of its segments
  Bytes bytes;
};
[[nodiscard]] std::vector<ExifOfJpeg> exif_of_jpeg(const JpegSegments& file);

/// Appends a segment; `payload` is at most max_segment_payload.
void append_jpeg_segment(Bytes& file, std::uint8_t marker, std::string_view signature, ByteSpan payload);

}  // namespace wm::metadata
