#include "worker/repair/png_repair.h"

#include <algorithm>
#include <vector>

#include <zlib.h>

#include "worker/container/inflater.h"
#include "worker/container/png_chunks.h"

namespace wm {
namespace {

using container::Bytes;
using container::ByteSpan;
using container::PngHeader;
using container::PngPass;

constexpr std::uint64_t most_png_row_bytes = std::uint64_t{2'000} << 20;  // of one IDAT chunk

/// Nullopt when it is missing or makes no sense.
std::optional<PngHeader> header_of(ByteSpan file) {
  const auto header = container::read_png_header(file);
  constexpr std::uint32_t most_pixels = 1U << 31;
  const bool makes_sense = header && header->width > 0 && header->height > 0 && header->width < most_pixels &&
                           header->height < most_pixels && header->depth >= 1 && header->depth <= 16;
  return makes_sense ? header : std::nullopt;
}

/// The size of the rows of all passes; nullopt when that exceeds `most`.
std::optional<std::uint64_t> row_bytes(const PngHeader& header, std::uint64_t most) {
  std::uint64_t total = 0;
  for (const PngPass& pass : header.passes()) {
    const std::uint64_t bytes = header.row_bytes(pass.columns);
    if (pass.rows != 0 && bytes > most / pass.rows) return std::nullopt;
    total += pass.rows * bytes;
  }
  return total <= most ? std::optional(total) : std::nullopt;
}

/// Inflates as many bytes as possible into `out`. Returns their number.
std::uint64_t inflate_into(Bytes& out, ByteSpan data) {
  std::size_t made = 0;
  container::Inflater().unpack(data, [&](ByteSpan more) {
    more = container::part(more, 0, out.size() - made);
    std::ranges::copy(more, out.begin() + static_cast<std::ptrdiff_t>(made));
    made += more.size();
    return made < out.size();
  });
  return made;
}

/// The first row of a pass that is incomplete or has an unknown filter: decoders stop there.
/// `made` bytes of `rows` were inflated. Returns the row's position, or the size of all rows.
std::uint64_t first_lost(const Bytes& rows, const PngHeader& header, std::uint64_t made) {
  constexpr std::byte last_filter{4};
  std::uint64_t at = 0;
  for (const PngPass& pass : header.passes()) {
    const std::uint64_t bytes = header.row_bytes(pass.columns);
    for (std::uint32_t row = 0; row < pass.rows; ++row, at += bytes) {
      if (at + bytes > made || rows[at] > last_filter) return at;
    }
  }
  return at;
}

/// Replaces the rows from the position `lost` on: no filter, and grey where a sample has at least one byte.
/// Returns how many of the picture's rows contain such pixels.
std::uint32_t fill(Bytes& rows, const PngHeader& header, std::uint64_t lost) {
  const std::byte grey{header.depth >= 8 && !header.is_indexed() ? std::uint8_t{0x80} : std::uint8_t{0}};
  std::vector<bool> incomplete(header.height);
  std::uint64_t at = 0;
  for (const PngPass& pass : header.passes()) {
    const std::uint64_t bytes = header.row_bytes(pass.columns);
    for (std::uint32_t row = 0; row < pass.rows; ++row, at += bytes) {
      if (at < lost) continue;
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
      *begin = std::byte{0};
      std::fill(begin + 1, begin + static_cast<std::ptrdiff_t>(bytes), grey);
      incomplete[pass.first_row + row * pass.row_step] = true;
    }
  }
  return static_cast<std::uint32_t>(std::ranges::count(incomplete, true));
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

/// The chunks before the pixels, and the pixels' compressed bytes.
struct Parts {
  Bytes before, compressed;
};

Parts parts_of(ByteSpan file, const container::PngChunks& chunks) {
  Parts parts;
  for (const container::PngChunk& chunk : chunks.chunks) {
    if (chunk.is("IDAT")) {
      container::append(parts.compressed, chunk.data);
    } else if (parts.compressed.empty() && !chunk.is("IHDR")) {
      // A palette with a wrong colour is better than none; other damaged chunks can be omitted.
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
  // The compressed bytes of the file, the rows, the rows in stored form, and the repaired file.
  return rows ? file.size() + 3 * *rows : 0;
}

std::optional<RepairedFile> repair_png(ByteSpan file, std::uint64_t most_bytes) {
  const auto chunks = container::read_png_chunks(file);
  if (!chunks || chunks->chunks.empty()) return std::nullopt;
  const container::PngChunk& head = chunks->chunks.front();
  const auto header = header_of(file);
  if (!header || !head.is("IHDR") || head.data.size() != container::png_header_bytes) return std::nullopt;
  const auto total = row_bytes(*header, std::min(most_bytes, most_png_row_bytes));
  if (!total) return std::nullopt;

  const Parts parts = parts_of(file, *chunks);
  Bytes rows(*total);
  const std::uint64_t lost = first_lost(rows, *header, inflate_into(rows, parts.compressed));
  if (lost == 0) return std::nullopt;  // not a single row

  RepairedFile repaired{.bytes = container::to_bytes(container::png_signature),
                        .rows = header->height,
                        .lost_rows = fill(rows, *header, lost)};
  container::append_png_chunk(repaired.bytes, "IHDR", head.data);
  container::append(repaired.bytes, parts.before);
  container::append_png_chunk(repaired.bytes, "IDAT", stored(rows));
  container::append_png_chunk(repaired.bytes, "IEND", {});
  return repaired;
}

}  // namespace wm
