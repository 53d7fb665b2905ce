#pragma once

// AVIF pictures between libavif and the stages: opened, decoded into an image, encoded again.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/metadata/carry_over.h"
#include "worker/stages/picture.h"

namespace wm {

/// What its header says; `image` becomes one without pixels. Throws TaskFailure with the cause.
void open_avif(Picture& picture, std::uint64_t most_frames);

/// Gives an image without a profile one that says what the colour numbers of its HEIF file say, so that marks
/// and other formats get its colours right.
void add_profile_of_codes(Picture& picture, const ColourCodes& colour);

/// Gives `image` its pixels. Throws TaskFailure with the cause, std::bad_alloc.
void decode_avif(Picture& picture);

/// All frames of a file, one below another. Throws avif::AvifError, std::bad_alloc.
[[nodiscard]] vips::VImage decoded_avif(std::span<const std::byte> file);

/// `image` is what is to be saved: the picture's own, or what became of it. What the input said of its
/// coding is kept where it was an AVIF; `notes` says what is not. Throws TaskFailure (unsupported),
/// std::bad_alloc.
[[nodiscard]] std::vector<std::byte> save_avif(const Picture& picture, const vips::VImage& image,
                                               const Encoding& encoding,
                                               const metadata::EncoderBlocks& blocks,
                                               std::vector<std::string>& notes);

[[nodiscard]] int avif_quality(const Encoding& encoding);

/// Throws TaskFailure (write_error) when the file is not what save_avif() was asked for.
void check_saved_avif(std::span<const std::byte> file, const Picture& picture, const vips::VImage& image);

}  // namespace wm
