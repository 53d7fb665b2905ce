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

#include "worker/png/row_filter.h"

namespace wm {
namespace {

using Bytes = std::span<const std::byte>;

/// Memory that nobody has written to yet: of what is reserved for compressed data most pages stay untouched.
struct Buffer {
  explicit Buffer(std::size_t bytes)
      : data(std::make_unique_for_overwrite<std::byte[]>(bytes)), size(bytes) {}
  [[nodiscard]] std::span<std::byte> bytes() const { return {data.get(), size}; }
  std::unique_ptr<std::byte[]> data;
  std::size_t size;
};

/// A zlib stream (RFC 1950).
Buffer deflated(Bytes bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(std::clamp(level, 0, 12)), &libdeflate_free_compressor);
  if (compressor == nullptr) throw std::bad_alloc();
  Buffer stream(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  stream.size =
      libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), stream.data.get(), stream.size);
  // Cannot be: the bound was asked for.
  if (stream.size == 0) throw std::logic_error("libdeflate exceeds its own bound");
  return stream;
}

std::array<std::byte, 4> big_endian(std::uint32_t value) {
  return {std::byte(value >> 24), std::byte(value >> 16 & 0xFF), std::byte(value >> 8 & 0xFF),
          std::byte(value & 0xFF)};
}

/// ISO/IEC 15948 §5.
class PngFile {
 public:
  explicit PngFile(std::size_t expected) {
    file_.reserve(expected);
    append(std::as_bytes(std::span(std::string_view("\x89PNG\r\n\x1A\n"))));
  }
  void chunk(std::string_view type, Bytes data) {
    append(big_endian(static_cast<std::uint32_t>(data.size())));
    const std::size_t checked = file_.size();
    append(std::as_bytes(std::span(type)));
    append(data);
    append(big_endian(libdeflate_crc32(0, file_.data() + checked, file_.size() - checked)));
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(file_); }

 private:
  void append(Bytes bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte> file_;
};

/// Of one row, where PNG wants its samples: most significant byte first.
void copy_row(Bytes from, int sample_bytes, std::span<std::uint8_t> to) {
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
    const Bytes from = pixels.samples.subspan(y * row_bytes, row_bytes);
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

std::array<std::byte, 13> header(const PngPixels& pixels) {
  constexpr std::array colour_types{std::byte{0}, std::byte{4}, std::byte{2}, std::byte{6}};
  std::array<std::byte, 13> data{};
  std::ranges::copy(big_endian(static_cast<std::uint32_t>(pixels.width)), data.begin());
  std::ranges::copy(big_endian(static_cast<std::uint32_t>(pixels.height)), data.begin() + 4);
  data[8] = std::byte(8 * pixels.sample_bytes);
  data[9] = colour_types[static_cast<std::size_t>(pixels.bands - 1)];
  return data;  // deflate, the five filters, no interlacing: 0
}

/// Its name, the method of compression, the compressed profile.
std::vector<std::byte> profile_chunk(Bytes profile) {
  constexpr std::string_view name_and_method("icc\0\0", 5);
  const Buffer stream = deflated(profile, 6);
  std::vector<std::byte> data;
  for (const char c : name_and_method) data.push_back(std::byte(c));
  data.insert(data.end(), stream.bytes().begin(), stream.bytes().end());
  return data;
}

}  // namespace

std::vector<std::byte> encode_png(const PngPixels& pixels, const PngEncoding& encoding, Bytes icc_profile) {
  check(pixels);
  const Buffer stream = [&] {
    const Buffer rows = filtered_rows(pixels, encoding.filter_rows);
    return deflated(rows.bytes(), encoding.compression);
  }();
  // Decoders keep a chunk in memory, or refuse large ones.
  constexpr std::size_t max_chunk = std::size_t{1} << 20;
  PngFile file(stream.size + icc_profile.size() + stream.size / max_chunk * 12 + 1024);
  file.chunk("IHDR", header(pixels));
  if (!icc_profile.empty()) file.chunk("iCCP", profile_chunk(icc_profile));
  for (std::size_t from = 0; from < stream.size; from += max_chunk) {
    file.chunk("IDAT", stream.bytes().subspan(from, std::min(max_chunk, stream.size - from)));
  }
  file.chunk("IEND", {});
  return file.take();
}

}  // namespace wm
