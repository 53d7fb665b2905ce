#pragma once

// An AVIF file read by libavif: a still picture or a sequence. The coded planes are kept, so that pixels that
// no mark touches can be written again without a conversion. Independent of libvips. One thread.
//
// Samples are those of the visible pixels (within the clean aperture), not turned: 8 bits, or 16 for all
// deeper pictures; grey, RGB, and alpha that is not premultiplied; row by row without gaps, frames stacked
// vertically.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "worker/avif/avif_error.h"
#include "worker/container/heif_contents.h"

struct avifImage;

namespace wm::avif {

/// Values: the names of libavif's avifPixelFormat.
enum class Chroma : std::uint8_t { s444, s422, s420, grey };

/// Width and height of a pixel, in the same unit.
struct PixelAspect {
  std::uint32_t width = 1, height = 1;
  bool operator==(const PixelAspect&) const = default;
};

/// The timing of a sequence.
struct Timing {
  std::uint64_t timescale = 1;           // units a second
  std::vector<std::uint64_t> durations;  // of each frame, in these units
  std::vector<bool> keyframes;
  Repetition repetition;
};

struct AvifHeader {
  int width = 0, height = 0;  // visible, as stored
  int frames = 1;
  bool sequence = false;  // a track, even if it has one frame
  int bands = 3;
  bool has_alpha = false;
  int sample_bytes = 1;
  int depth = 8;
  Chroma chroma = Chroma::s420;
  ColourCodes colour;
  int orientation = 1;         // as in EXIF: the combined effect of the file's rotation and mirror
  bool layered = false;        // progressive: only its last layer is read
  bool premultiplied = false;  // in the file
  bool is_cropped = false;     // a clean aperture hides some of its pixels
  PixelAspect pixel_aspect;
  Timing timing;
};

class AvifSource {
 public:
  /// Borrows `file`, of which `contents` was read; skips bytes outside of boxes. Decodes no pixels.
  /// `most_frames` bounds the memory that libavif reserves. Throws AvifError.
  AvifSource(std::span<const std::byte> file, const HeifContents& contents, std::uint64_t most_frames);
  ~AvifSource();
  AvifSource(const AvifSource&) = delete;
  AvifSource& operator=(const AvifSource&) = delete;

  [[nodiscard]] const AvifHeader& header() const { return header_; }
  /// Empty if missing.
  [[nodiscard]] std::span<const std::byte> icc() const;
  [[nodiscard]] std::span<const std::byte> exif() const;  // begins with the TIFF header
  [[nodiscard]] std::span<const std::byte> xmp() const;

  /// All frames; `samples` has room for them: frames x height x width x bands x sample_bytes. Throws
  /// AvifError, std::bad_alloc.
  void decode(std::span<std::byte> samples);

  /// Replaces the pixels in which `samples` differs from the result of decode(): all others keep their coded
  /// samples exactly. May be called once, after decode(). Throws AvifError, std::bad_alloc.
  void replace_changed(std::span<const std::byte> samples);

  /// The frames to be encoded.
  [[nodiscard]] std::vector<const avifImage*> frames() const;

  /// The size of the decoded planes in bytes.
  [[nodiscard]] std::uint64_t plane_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
  AvifHeader header_;
};

/// Decodes all frames of `file` and discards them. Throws AvifError.
void decode_nothing_kept(std::span<const std::byte> file);

}  // namespace wm::avif
