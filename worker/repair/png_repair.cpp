#include "worker/repair/png_repair.h"

#include <algorithm>
#include <array>

#include <zlib.h>

#include "worker/container/png_chunks.h"

namespace wm {
namespace {

using container::Bytes;
using container::ByteSpan;

constexpr std::size_t header_bytes = 13;
constexpr std::uint64_t most_png_row_bytes = std::uint64_t{2'000} << 20;  // of one IDAT chunk

struct Pass {
  std::uint64_t rows = 0, row_bytes = 0;  // row_bytes: samples and the filter's byte in front
};

struct Header {
  std::uint32_t width = 0, height = 0;
  int depth = 0, colour_type = 0;
  bool interlaced = false;
};

int channels(int colour_type) {
  switch (colour_type) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

Pass pass(const Header& header, std::uint64_t columns, std::uint64_t rows) {
  if (columns == 0 || rows == 0) return {};
  const auto bits = columns * static_cast<std::uint64_t>(channels(header.colour_type) * header.depth);
  return {.rows = rows, .row_bytes = 1 + (bits + 7) / 8};
}

/// Adam7 has seven passes, each of which begins at a pixel and takes every so many in both directions.
std::array<Pass, 7> passes(const Header& header) {
  if (!header.interlaced) return {pass(header, header.width, header.height)};
  struct Step {
    std::uint32_t left, top, across, down;
  };
  constexpr std::array<Step, 7> adam7{
      {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};
  const auto count = [](std::uint64_t size, std::uint64_t first, std::uint64_t step) {
    return size <= first ? 0 : (size - first + step - 1) / step;
  };
  std::array<Pass, 7> result;
  std::ranges::transform(adam7, result.begin(), [&](const Step& step) {
    return pass(header, count(header.width, step.left, step.across),
                count(header.height, step.top, step.down));
  });
  return result;
}

/// None when it is missing or makes no sense.
std::optional<Header> header_of(ByteSpan file) {
  constexpr std::size_t signature_and_chunk_head = 16;
  const ByteSpan data = container::part(file, signature_and_chunk_head, header_bytes);
  if (!container::text_of(file).starts_with(container::png_signature) || data.size() != header_bytes ||
      container::text_of(container::part(file, 12, 4)) != "IHDR") {
    return std::nullopt;
  }
  const Header header{.width = container::u32(data, 0),
                      .height = container::u32(data, 4),
                      .depth = container::u8(data, 8),
                      .colour_type = container::u8(data, 9),
                      .interlaced = container::u8(data, 12) == 1};
  constexpr std::uint32_t most_pixels = 1U << 31;
  const bool makes_sense = header.width > 0 && header.height > 0 && header.width < most_pixels &&
                           header.height < most_pixels && header.depth >= 1 && header.depth <= 16;
  return makes_sense ? std::optional(header) : std::nullopt;
}

/// Of the rows of all passes; none when that is more than `most`.
std::optional<std::uint64_t> row_bytes(const Header& header, std::uint64_t most) {
  std::uint64_t total = 0;
  for (const Pass& each : passes(header)) {
    if (each.rows != 0 && each.row_bytes > most / each.rows) return std::nullopt;
    total += each.rows * each.row_bytes;
  }
  return total <= most ? std::optional(total) : std::nullopt;
}

/// As many bytes as can be inflated, into `out`. Returns how many.
std::uint64_t inflate_into(Bytes& out, const Bytes& data) {
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) return 0;
  std::size_t taken = 0, made = 0;
  int state = Z_OK;
  constexpr std::size_t step = std::size_t{1} << 30;  // zlib counts in 32 bits
  while (state == Z_OK && made < out.size()) {
    const std::size_t more = std::min(step, data.size() - taken), room = std::min(step, out.size() - made);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data() + taken));
    stream.avail_in = static_cast<uInt>(more);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream.avail_out = static_cast<uInt>(room);
    state = ::inflate(&stream, Z_NO_FLUSH);
    taken += more - stream.avail_in;
    made += room - stream.avail_out;
    if (more == 0 && stream.avail_out == room) break;
  }
  ::inflateEnd(&stream);
  return made;
}

/// Whole rows of what is missing: no filter, and grey where a sample has bytes of its own.
void fill(Bytes& rows, const Header& header, std::uint64_t made) {
  const std::byte grey{header.depth >= 8 && header.colour_type != 3 ? std::uint8_t{0x80} : std::uint8_t{0}};
  std::uint64_t at = 0;
  for (const Pass& each : passes(header)) {
    for (std::uint64_t row = 0; row < each.rows; ++row, at += each.row_bytes) {
      if (at + each.row_bytes <= made) continue;
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
      *begin = std::byte{0};
      std::fill(begin + 1, begin + static_cast<std::ptrdiff_t>(each.row_bytes), grey);
    }
  }
}

Bytes stored(const Bytes& rows) {
  uLongf size = ::compressBound(static_cast<uLong>(rows.size()));
  Bytes result(size);
  if (::compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  static_cast<uLong>(rows.size()), 0) != Z_OK) {
    return {};
  }
  result.resize(size);
  return result;
}

/// What stands before the pixels, and the pixels' compressed bytes.
struct Parts {
  Bytes before, compressed;
};

Parts parts_of(ByteSpan file, const container::PngChunks& chunks) {
  Parts parts;
  for (const container::PngChunk& chunk : chunks.chunks) {
    if (chunk.is("IDAT")) {
      container::append(parts.compressed, chunk.data);
    } else if (parts.compressed.empty() && !chunk.is("IHDR")) {
      // A palette with a wrong colour is better than none; other chunks are as well left out.
      if (chunk.is("PLTE") || container::has_right_crc(chunk)) {
        container::append_png_chunk(parts.before, chunk.type, chunk.data);
      }
    }
  }
  // The chunk in which the file ends.
  const ByteSpan rest = container::part(file, chunks.end);
  if (container::text_of(container::part(rest, 4, 4)) == "IDAT") {
    container::append(parts.compressed, container::part(rest, 8));
  }
  return parts;
}

}  // namespace

std::uint64_t png_repair_memory(ByteSpan file, std::uint64_t most_bytes) {
  const auto header = header_of(file);
  const auto rows = header ? row_bytes(*header, std::min(most_bytes, most_png_row_bytes)) : std::nullopt;
  // The compressed bytes of the file, then the rows, stored as they are, and in the repaired file.
  return rows ? file.size() + 3 * *rows : 0;
}

std::optional<Bytes> repair_png(ByteSpan file, std::uint64_t most_bytes) {
  const auto chunks = container::read_png_chunks(file);
  if (!chunks || chunks->chunks.empty()) return std::nullopt;
  const container::PngChunk& head = chunks->chunks.front();
  const auto header = header_of(file);
  if (!header || !head.is("IHDR") || head.data.size() != header_bytes) return std::nullopt;
  const auto total = row_bytes(*header, std::min(most_bytes, most_png_row_bytes));
  if (!total) return std::nullopt;

  const Parts parts = parts_of(file, *chunks);
  Bytes rows(*total);
  const std::uint64_t made = inflate_into(rows, parts.compressed);
  if (made < passes(*header).front().row_bytes) return std::nullopt;  // not one row
  fill(rows, *header, made);

  Bytes repaired = container::to_bytes(container::png_signature);
  container::append_png_chunk(repaired, "IHDR", head.data);
  container::append(repaired, parts.before);
  container::append_png_chunk(repaired, "IDAT", stored(rows));
  container::append_png_chunk(repaired, "IEND", {});
  return repaired;
}

}  // namespace wm
