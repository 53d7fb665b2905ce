#include "worker/stages/tiff_samples.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace wm {
namespace {

template <class Sample>
Sample sample_at(std::span<const std::byte> row, std::size_t index) {
  Sample value;
  std::memcpy(&value, row.data() + index * sizeof(Sample), sizeof(Sample));
  return value;
}

template <class Sample>
void put_sample(std::span<std::byte> row, std::size_t index, Sample value) {
  std::memcpy(row.data() + index * sizeof(Sample), &value, sizeof(Sample));
}

template <class Sample>
void invert_first_samples(std::span<std::byte> row, int channels) {
  for (std::size_t i = 0; i < row.size() / sizeof(Sample); i += static_cast<std::size_t>(channels)) {
    put_sample<Sample>(row, i,
                       static_cast<Sample>(std::numeric_limits<Sample>::max() - sample_at<Sample>(row, i)));
  }
}

/// As libvips computes it.
template <class Sample>
std::uint32_t unpremultiplied(std::uint32_t sample, std::uint32_t alpha) {
  const auto factor = static_cast<float>(double{std::numeric_limits<Sample>::max()} / alpha);
  return static_cast<std::uint32_t>(factor * static_cast<float>(sample));
}

/// The sample from which libvips would compute `colour`; if none, the nearest that is not darker.
template <class Sample>
Sample premultiplied(std::uint32_t colour, std::uint32_t alpha) {
  constexpr std::uint64_t full = std::numeric_limits<Sample>::max();
  if (alpha == 0) return 0;
  const auto nearest = static_cast<std::uint32_t>((std::uint64_t{colour} * alpha + full - 1) / full);
  for (std::uint32_t sample = nearest == 0 ? 0 : nearest - 1; sample <= nearest + 1 && sample <= alpha;
       ++sample) {
    if (unpremultiplied<Sample>(sample, alpha) == colour) return static_cast<Sample>(sample);
  }
  return static_cast<Sample>(nearest);
}

template <class Sample>
void premultiply_samples(std::span<std::byte> row, int channels, int alpha) {
  for (std::size_t i = 0; i < row.size() / sizeof(Sample); i += static_cast<std::size_t>(channels)) {
    const Sample opacity = sample_at<Sample>(row, i + static_cast<std::size_t>(alpha));
    for (std::size_t band = 0; band < static_cast<std::size_t>(alpha); ++band) {
      put_sample(row, i + band, premultiplied<Sample>(sample_at<Sample>(row, i + band), opacity));
    }
  }
}

int lightness_of_eight_bits(int value, LabInFile kind) {
  if (kind == LabInFile::eight_bits) return std::min((value + 64) >> 7, 255);
  return (value * 255 + 32767 / 2) / 32767;
}

}  // namespace

void pack_indices(std::span<const std::uint8_t> indices, int bits, bool invert, std::span<std::byte> row) {
  std::ranges::fill(row, std::byte{0});
  const unsigned highest = (1U << bits) - 1;
  const auto in_byte = static_cast<std::size_t>(8 / bits);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const unsigned value = invert ? highest - indices[i] : indices[i];
    const auto shift = 8 - static_cast<std::size_t>(bits) * (i % in_byte + 1);
    row[i / in_byte] |= static_cast<std::byte>(value << shift);
  }
}

void invert_grey(std::span<std::byte> row, int bits, int channels) {
  if (bits == 8) invert_first_samples<std::uint8_t>(row, channels);
  if (bits == 16) invert_first_samples<std::uint16_t>(row, channels);
  if (bits == 32) invert_first_samples<std::uint32_t>(row, channels);
}

void premultiply(std::span<std::byte> row, int bits, int channels, int alpha) {
  if (bits == 8) premultiply_samples<std::uint8_t>(row, channels, alpha);
  if (bits == 16) premultiply_samples<std::uint16_t>(row, channels, alpha);
}

void unsign_lab_alpha(std::span<std::int16_t> samples, int channels) {
  constexpr int colours = 3;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(channels)) < colours) continue;
    samples[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(samples[i]) >> 1U);
  }
}

void pack_lab(std::span<const std::int16_t> samples, int channels, LabInFile kind, std::span<std::byte> row) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const int band = static_cast<int>(i % static_cast<std::size_t>(channels));
    const int value = samples[i];
    const int positive = std::max(value, 0);
    if (kind == LabInFile::sixteen_bits) {
      const int stored = band == 0 ? positive << 1 : band < 3 ? value : positive << 1 | positive >> 14;
      put_sample(row, i, static_cast<std::uint16_t>(stored));
    } else {
      const int stored = band == 0  ? lightness_of_eight_bits(positive, kind)
                         : band < 3 ? std::min((value + 128) >> 8, 127)
                                    : positive >> 7;
      row[i] = static_cast<std::byte>(stored);
    }
  }
}

}  // namespace wm
