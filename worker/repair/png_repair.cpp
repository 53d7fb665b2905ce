#include "worker/repair/png_repair.h"

#include <algorithm>

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

/// Replaces the missing rows: no filter, and grey where a sample has at least one byte.
void fill(Bytes& rows, const PngHeader& header, std::uint64_t made) {
  const std::byte grey{header.depth >= 8 && !header.is_indexed() ? std::uint8_t{0x80} : std::uint8_t{0}};
  std::uint64_t at = 0;
  for (const PngPass& pass : header.passes()) {
    const std::uint64_t bytes = header.row_bytes(pass.columns);
    for (std::uint32_t row = 0; row < pass.rows; ++row, at += bytes) {
      if (at + bytes <= made) continue;
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
      *begin = std::byte{0};
      std::fill(begin + 1, begin + static_cast<std::ptrdiff_t>(bytes), grey);
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

std::optional<Bytes> repair_png(ByteSpan file, std::uint64_t most_bytes) {
  const auto chunks = container::read_png_chunks(file);
  if (!chunks || chunks->chunks.empty()) return std::nullopt;
  const container::PngChunk& head = chunks->chunks.front();
  const auto header = header_of(file);
  if (!header || !head.is("IHDR") || head.data.size() != container::png_header_bytes) return std::nullopt;
  const auto total = row_bytes(*header, std::min(most_bytes, most_png_row_bytes));
  if (!total) return std::nullopt;

  const Parts parts = parts_of(file, *chunks);
  Bytes rows(*total);
  const std::uint64_t made = inflate_into(rows, parts.compressed);
  if (made < header->row_bytes(header->passes().front().columns)) return std::nullopt;  // not a single row
  fill(rows, *header, made);

  Bytes repaired = container::to_bytes(container::png_signature);
  container::append_png_chunk(repaired, "IHDR", head.data);
  container::append(repaired, parts.before);
  container::append_png_chunk(repaired, "IDAT", stored(rows));
  container::append_png_chunk(repaired, "IEND", {});
  return repaired;
}

}  // namespace wm
