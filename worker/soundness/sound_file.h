#pragma once

// Whether a file written by an encoder is sound by the rules of its own format, and the properties of the
// picture that it declares. Cheap: headers, sizes, checksums and tables; pixels are decoded only where an
// index may exceed its table. Pure, except for the memory of zlib and libtiff. The bytes always come from an
// encoder, yet they are read as if they were hostile.
//
//   JPEG  segments within the file, one frame, scans of its components that end in EOI
//   PNG   chunks in order with right checksums; the zlib stream is as long as the rows, if that is cheap to
//         know, and begins as one otherwise; indices within the palette
//   GIF   blocks and frames within file and screen; all codes: as many indices as pixels, each within the
//         frame's colours or the transparent one
//   WebP  RIFF sizes, chunks and frames as libwebp's demuxer accepts them
//   TIFF  directories as libtiff reads them; strips and tiles within the file, of the right number
//   HEIF  and AVIF: boxes fill the file and each other; items have data within the media data, references
//         and properties that are there, HEVC's units as long as the item; a primary picture with a size

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace wm::soundness {

/// The values in the file's headers.
struct Facts {
  std::uint32_t width = 0, height = 0;  // of a page or frame
  std::uint32_t pages = 1;
  std::uint32_t bits = 8;         // a sample, or an index
  std::uint32_t channels = 0;     // samples a pixel; 0 where there is a palette
  bool has_alpha = false;         // WebP, HEIF
  std::uint64_t duration_ms = 0;  // of an animation
};

/// what() describes the fault: "the chunk IDAT has a wrong checksum".
class Unsound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each throws Unsound, std::bad_alloc.
[[nodiscard]] Facts examine_jpeg(std::span<const std::byte> file);
[[nodiscard]] Facts examine_png(std::span<const std::byte> file);
[[nodiscard]] Facts examine_gif(std::span<const std::byte> file);
[[nodiscard]] Facts examine_webp(std::span<const std::byte> file);
[[nodiscard]] Facts examine_tiff(std::span<const std::byte> file);
[[nodiscard]] Facts examine_heif(std::span<const std::byte> file);

}  // namespace wm::soundness
