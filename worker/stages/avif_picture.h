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

/// Fills `picture` from the file's header; `image` becomes an image without pixels. Throws TaskFailure with
/// the cause.
void open_avif(Picture& picture, std::uint64_t most_frames);

/// Gives an image without a profile one made from its HEIF file's colour codes, so that marks and other
/// formats get its colours right.
void add_profile_of_codes(Picture& picture, const ColourCodes& colour);

/// Decodes the pixels of `image`. Throws TaskFailure with the cause, std::bad_alloc.
void decode_avif(Picture& picture);

/// All frames of a file, stacked vertically. Throws avif::AvifError, std::bad_alloc.
[[nodiscard]] vips::VImage decoded_avif(std::span<const std::byte> file);

/// `image` is the image to save: the picture's own, or one derived from it. If the input was an AVIF, its
/// coding parameters are kept; `notes` lists those that are not. Throws TaskFailure (unsupported),
/// std::bad_alloc.
[[nodiscard]] std::vector<std::byte> save_avif(const Picture& picture, const vips::VImage& image,
                                               const Encoding& encoding,
                                               const metadata::EncoderBlocks& blocks,
                                               std::vector<std::string>& notes);

[[nodiscard]] int avif_quality(const Encoding& encoding);

/// Throws TaskFailure (write_error) when the file is not what save_avif() was asked to write.
void check_saved_avif(std::span<const std::byte> file, const Picture& picture, const vips::VImage& image);

}  // namespace wm
