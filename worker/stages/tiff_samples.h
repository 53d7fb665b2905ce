#pragma once

// How samples lie in the rows of TIFF files, and in libvips' images of them, where the two differ. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wm {

/// Of `bits` (1, 2, 4 or 8) each, the first one highest; of whole bytes the rest is zero. `invert`: where the
/// lowest value is white.
void pack_indices(std::span<const std::uint8_t> indices, int bits, bool invert, std::span<std::byte> row);

/// Unsigned samples of 8, 16 or 32 bits: the first of each pixel becomes the largest value less it.
void invert_grey(std::span<std::byte> row, int bits, int channels);

/// Colours times alpha. Of those that libvips has divided by it, each that nobody has changed becomes what it
/// was. Unsigned samples of 8 or 16 bits; alpha is sample `alpha` of each pixel, after the colours.
void premultiply(std::span<std::byte> row, int bits, int channels, int alpha);

/// libvips' Lab of 16 bits: L from 0 to 32767, a and b signed, and what follows from 0 to 32767.
enum class LabInFile : std::uint8_t {
  eight_bits,             // read as libvips' packed Lab: L from 0 to 32640
  eight_bits_with_alpha,  // read as such: L from 0 to 32767
  sixteen_bits,
};
/// libvips takes what follows a and b for signed numbers: from 0 to 65535 become 0 to 32767.
void unsign_lab_alpha(std::span<std::int16_t> samples, int channels);
/// The way back.
void pack_lab(std::span<const std::int16_t> samples, int channels, LabInFile kind, std::span<std::byte> row);

}  // namespace wm
