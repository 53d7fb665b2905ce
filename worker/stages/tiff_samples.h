#pragma once

// The layout of samples in the rows of TIFF files and in libvips' images of them, where the two differ. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wm {

/// Packs indices of `bits` (1, 2, 4 or 8) each into bytes, the first one in the highest bits; unused bits are
/// zero. `invert`: the lowest value is white.
void pack_indices(std::span<const std::uint8_t> indices, int bits, bool invert, std::span<std::byte> row);

/// Unsigned samples of 8, 16 or 32 bits: subtracts the first of each pixel from the largest value.
void invert_grey(std::span<std::byte> row, int bits, int channels);

/// Multiplies colours by alpha. Colours that libvips had divided by alpha and nobody has changed get their
/// original values. Unsigned samples of 8 or 16 bits; alpha is sample `alpha` of each pixel, after the
/// colours.
void premultiply(std::span<std::byte> row, int bits, int channels, int alpha);

/// libvips' 16-bit Lab: L from 0 to 32767, a and b signed, further samples from 0 to 32767.
enum class LabInFile : std::uint8_t {
  eight_bits,             // read as libvips' packed Lab: L from 0 to 32640
  eight_bits_with_alpha,  // read as 16-bit Lab: L from 0 to 32767
  sixteen_bits,
};
/// libvips takes samples after a and b for signed numbers: maps 0 to 65535 to 0 to 32767.
void unsign_lab_alpha(std::span<std::int16_t> samples, int channels);
/// The reverse.
void pack_lab(std::span<const std::int16_t> samples, int channels, LabInFile kind, std::span<std::byte> row);

}  // namespace wm
