// Hostile TIFF files through what reads their directories, and files of every kind that the first bytes ask
// for through the writer: what it writes is sound and says what was asked for.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "worker/soundness/sound_file.h"
#include "worker/tiff/tiff_traits.h"
#include "worker/tiff/tiff_writer.h"

namespace {

using namespace wm;

constexpr std::size_t parameter_bytes = 8;

void read_file(std::span<const std::byte> file) {
  static_cast<void>(tiff::unsupported_kind(tiff::read_traits(file)));
  try {
    static_cast<void>(soundness::examine_tiff(file));
  } catch (const soundness::Unsound&) {
    // as most are
  }
}

tiff::TiffEncoding encoding_of(const unsigned char* parameters) {
  constexpr std::array<std::uint16_t, 6> bits{1, 2, 4, 8, 16, 32};
  constexpr std::array<std::uint16_t, 6> compressions{1, 5, 7, 8, 32773, 4};
  tiff::TiffEncoding encoding{.width = 1U + parameters[0] % 70,
                              .height = 1U + parameters[1] % 40,
                              .pages = 1U + parameters[2] % 3,
                              .bits = bits[parameters[3] % bits.size()],
                              .channels = static_cast<std::uint16_t>(1 + parameters[4] % 5),
                              .sample_format = static_cast<std::uint16_t>(1 + parameters[4] / 5 % 3),
                              .photometric = static_cast<std::uint16_t>(parameters[5] % 9),
                              .compression = compressions[parameters[6] % compressions.size()]};
  encoding.extra_samples.assign(parameters[7] % 3, 2);
  if ((parameters[7] & 0x10) != 0) encoding.tile_width = encoding.tile_height = 16;
  encoding.big = (parameters[7] & 0x20) != 0;
  if (encoding.photometric == 3 && encoding.bits <= 8) {
    encoding.colour_map.assign(std::size_t{3} << encoding.bits, 7);
  }
  return encoding;
}

void write_file(const tiff::TiffEncoding& encoding, std::span<const std::byte> samples) {
  std::vector<std::byte> file;
  try {
    file = tiff::write_tiff(encoding, [&](std::uint32_t, std::span<std::byte> row) {
      std::copy_n(samples.begin(), std::min(samples.size(), row.size()), row.begin());
    });
  } catch (const std::runtime_error&) {
    return;  // libtiff does not write every combination
  }
  const soundness::Facts facts = soundness::examine_tiff(file);
  const bool as_asked = facts.width == encoding.width && facts.height == encoding.height &&
                        facts.pages == encoding.pages && facts.bits == encoding.bits;
  if (!as_asked) std::abort();
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data),
                                    reinterpret_cast<const std::byte*>(data) + size);
  read_file(file);
  if (size >= parameter_bytes) write_file(encoding_of(data), std::span(file).subspan(parameter_bytes));
  return 0;
}
