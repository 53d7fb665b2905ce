#include "worker/png/png_writer.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

#include "worker/container/png_chunks.h"
#include "worker/png/row_filter.h"

namespace wm {
namespace {

using container::Bytes;
using container::ByteSpan;

/// Uninitialised memory: most pages reserved for compressed data are never touched.
struct Buffer {
  explicit Buffer(std::size_t bytes)
      : data(std::make_unique_for_overwrite<std::byte[]>(bytes)), size(bytes) {}
  [[nodiscard]] std::span<std::byte> bytes() const { return {data.get(), size}; }
  std::unique_ptr<std::byte[]> data;
  std::size_t size;
};

/// A zlib stream (RFC 1950).
Buffer deflated(ByteSpan bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(std::clamp(level, 0, 12)), &libdeflate_free_compressor);
  if (compressor == nullptr) throw std::bad_alloc();
  Buffer stream(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  stream.size =
      libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), stream.data.get(), stream.size);
  // Impossible: the size was bounded above.
  if (stream.size == 0) throw std::logic_error("libdeflate exceeds its own bound");
  return stream;
}

/// Copies one row in PNG's sample order: most significant byte first.
void copy_row(ByteSpan from, int sample_bytes, std::span<std::uint8_t> to) {
  std::memcpy(to.data(), from.data(), to.size());
  if (sample_bytes == 1 || std::endian::native == std::endian::big) return;
  for (std::size_t i = 0; i + 1 < to.size(); i += 2) std::swap(to[i], to[i + 1]);
}

Buffer filtered_rows(const PngPixels& pixels, bool filter_rows) {
  const auto height = static_cast<std::size_t>(pixels.height);
  const std::size_t pixel_bytes =
      static_cast<std::size_t>(pixels.bands) * static_cast<std::size_t>(pixels.sample_bytes);
  const std::size_t row_bytes = static_cast<std::size_t>(pixels.width) * pixel_bytes;
  Buffer rows((row_bytes + 1) * height);
  RowFilter filter(filter_rows ? row_bytes : 0, pixel_bytes);
  for (std::size_t y = 0; y < height; ++y) {
    const ByteSpan from = pixels.samples.subspan(y * row_bytes, row_bytes);
    const std::span to(reinterpret_cast<std::uint8_t*>(rows.data.get()) + y * (row_bytes + 1), row_bytes + 1);
    if (filter_rows) {
      copy_row(from, pixels.sample_bytes, filter.row());
      filter.filter(to);
    } else {
      to[0] = 0;
      copy_row(from, pixels.sample_bytes, to.subspan(1));
    }
  }
  return rows;
}

void check(const PngPixels& pixels) {
  const bool possible = pixels.width > 0 && pixels.height > 0 && pixels.bands >= 1 && pixels.bands <= 4 &&
                        (pixels.sample_bytes == 1 || pixels.sample_bytes == 2);
  const auto width = static_cast<std::size_t>(std::max(pixels.width, 0));
  const auto height = static_cast<std::size_t>(std::max(pixels.height, 0));
  const std::size_t pixel_bytes =
      possible ? static_cast<std::size_t>(pixels.bands) * static_cast<std::size_t>(pixels.sample_bytes) : 1;
  if (!possible || pixels.samples.size() / pixel_bytes / width < height) {
    throw std::invalid_argument("these pixels cannot be a PNG");
  }
}

Bytes header(const PngPixels& pixels) {
  constexpr std::array colour_types{0U, 4U, 2U, 6U};
  Bytes data;
  container::append_u32(data, static_cast<std::uint32_t>(pixels.width));
  container::append_u32(data, static_cast<std::uint32_t>(pixels.height));
  container::append_u8(data, static_cast<std::uint32_t>(8 * pixels.sample_bytes));
  container::append_u8(data, colour_types[static_cast<std::size_t>(pixels.bands - 1)]);
  data.resize(container::png_header_bytes);  // deflate, the five filters, no interlacing: 0
  return data;
}

/// Its name, the compression method, the compressed profile.
Bytes profile_chunk(ByteSpan profile) {
  Bytes data = container::to_bytes(std::string_view("icc\0\0", 5));
  container::append(data, deflated(profile, 6).bytes());
  return data;
}

}  // namespace

std::vector<std::byte> encode_png(const PngPixels& pixels, const PngEncoding& encoding,
                                  ByteSpan icc_profile) {
  check(pixels);
  const Buffer stream = [&] {
    const Buffer rows = filtered_rows(pixels, encoding.filter_rows);
    return deflated(rows.bytes(), encoding.compression);
  }();
  // Decoders keep a chunk in memory, or refuse large ones.
  constexpr std::size_t max_chunk = std::size_t{1} << 20;
  Bytes file;
  file.reserve(stream.size + icc_profile.size() + stream.size / max_chunk * 12 + 1024);
  container::append(file, container::png_signature);
  container::append_png_chunk(file, "IHDR", header(pixels));
  if (!icc_profile.empty()) container::append_png_chunk(file, "iCCP", profile_chunk(icc_profile));
  for (std::size_t from = 0; from < stream.size; from += max_chunk) {
    container::append_png_chunk(file, "IDAT", container::part(stream.bytes(), from, max_chunk));
  }
  container::append_png_chunk(file, "IEND", {});
  return file;
}

}  // namespace wm
