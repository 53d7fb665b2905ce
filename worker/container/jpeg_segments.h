#pragma once

// The marker segments of a JPEG file in memory (ITU T.81 Annex B). Total: hostile bytes end a walk without an
// exception. Skips what decoders skip: stray bytes between segments, fill bytes. Borrows the bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

namespace marker {
constexpr std::uint8_t tem = 0x01, sof0 = 0xc0, sof1 = 0xc1, sof2 = 0xc2, dht = 0xc4, jpg = 0xc8, dac = 0xcc,
                       sof15 = 0xcf, rst0 = 0xd0, rst7 = 0xd7, soi = 0xd8, eoi = 0xd9, sos = 0xda, dqt = 0xdb,
                       dnl = 0xdc, dri = 0xdd, dhp = 0xde, exp = 0xdf, app0 = 0xe0, app1 = 0xe1, app2 = 0xe2,
                       app11 = 0xeb, app13 = 0xed, app14 = 0xee, app15 = 0xef, com = 0xfe;

[[nodiscard]] constexpr bool is_restart(std::uint8_t marker) {
  return marker >= rst0 && marker <= rst7;
}
[[nodiscard]] constexpr bool is_frame(std::uint8_t marker) {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}
/// Application data and comments.
[[nodiscard]] constexpr bool is_metadata(std::uint8_t marker) {
  return (marker >= app0 && marker <= app15) || marker == com;
}
/// All other markers stand alone.
[[nodiscard]] constexpr bool has_length(std::uint8_t marker) {
  return marker >= sof0 && !is_restart(marker) && marker != soi && marker != eoi;
}
}  // namespace marker

inline constexpr std::string_view jfif_signature = "JFIF\0"sv, jfxx_signature = "JFXX\0"sv,
                                  exif_signature = "Exif\0\0"sv,
                                  xmp_signature = "http://ns.adobe.com/xap/1.0/\0"sv,
                                  xmp_extension_signature = "http://ns.adobe.com/xmp/extension/\0"sv,
                                  icc_signature = "ICC_PROFILE\0"sv, mpf_signature = "MPF\0"sv,
                                  irb_signature = "Photoshop 3.0\0"sv, adobe_signature = "Adobe"sv;

/// The size of one segment's payload, after marker and length.
inline constexpr std::size_t max_segment_payload = 65533;

struct JpegSegment {
  std::uint8_t marker = 0;
  ByteRange range;       // from its 0xFF; may end beyond the file
  ByteSpan whole;        // marker, length and payload; as far as they exist
  ByteSpan payload;      // without marker and length
  bool complete = true;  // its length is possible and ends within the file
  [[nodiscard]] bool is(std::uint8_t app, std::string_view signature) const {
    return marker == app && starts_with(payload, signature);
  }
  [[nodiscard]] bool is_frame() const { return marker::is_frame(marker); }
  [[nodiscard]] bool is_metadata() const { return marker::is_metadata(marker); }
};

/// The position of the first marker at or after `at`, including fill bytes; the file's size if there is none.
[[nodiscard]] std::size_t next_marker(ByteSpan file, std::size_t at);
/// Likewise for markers other than RST0..7.
[[nodiscard]] std::size_t end_of_scan(ByteSpan file, std::size_t at);
/// The first marker at or after `at` with its segment; nullopt if there is none.
[[nodiscard]] std::optional<JpegSegment> next_segment(ByteSpan file, std::size_t at);

struct JpegSegments {
  std::vector<JpegSegment> segments;  // those with a length, also between scans
  std::size_t end = 0;                // after EOI, or the end of a file without EOI
};

/// Nullopt when the file does not begin with SOI or has more than 200,000 segments. Ends at EOI, or at an
/// incomplete segment.
[[nodiscard]] std::optional<JpegSegments> read_jpeg_segments(ByteSpan file);

/// The number of components in the first frame; 0 if there is none.
[[nodiscard]] int components_of(const JpegSegments& file);

/// Appends a segment; `payload` is at most max_segment_payload.
void append_jpeg_segment(Bytes& file, std::uint8_t marker, std::string_view signature, ByteSpan payload);

}  // namespace wm::container
