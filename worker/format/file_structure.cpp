#include "worker/format/file_structure.h"

#include <algorithm>
#include <array>

#include "worker/container/gif_blocks.h"
#include "worker/container/heif_contents.h"
#include "worker/container/iso_boxes.h"
#include "worker/container/riff_chunks.h"
#include "worker/format/structure_count.h"

namespace wm {
namespace structure {
namespace {

/// `depth` bounds the recursion.
void count_boxes(ByteSpan boxes, Count& count, int depth) {
  static constexpr std::array<std::string_view, 10> parents{"meta", "iprp", "ipco", "iinf", "iref",
                                                            "moov", "trak", "mdia", "minf", "stbl"};
  std::uint64_t at = 0;
  while (const auto box = next_box(boxes, at)) {
    if (!count.parts()) return;
    if (depth == 0 || std::ranges::find(parents, box->type) == parents.end()) continue;
    ByteSpan content = box->content;
    if (box->type == "meta" || box->type == "iref") content = full_content(content);
    if (box->type == "iinf") content = part(content, u8(content, 0) == 0 ? 6 : 8);
    count_boxes(content, count, depth - 1);
  }
}

/// Counts EXIF, XMP and profiles by the lengths declared in the items: libraries join all extents, which may
/// repeat the same bytes.
void count_heif_metadata(const HeifContents& contents, Count& count) {
  for (const HeifItem& item : contents.items) {
    if (!count.metadata(item.profile_bytes)) return;
    const bool exif = item.type == "Exif";
    if (!exif && item.type != "mime" && item.type != "uri ") continue;
    if (!count.metadata(item.bytes)) return;
    if (!exif || item.extents.size() != 1) continue;
    const ByteSpan block = item.extents.front();
    const std::uint64_t header = u32(block, 0);  // from here to the TIFF header
    count_exif(part(block, 4 + header), count);
    if (count.found.excess) return;
  }
}

}  // namespace

void count_gif(ByteSpan file, Count& count) {
  count.found.width = u16(file, 6, Endian::little);
  count.found.height = u16(file, 8, Endian::little);
  std::size_t at = gif_head(file).size();
  while (const auto block = next_gif_block(file, at)) {
    if (block->kind == GifBlock::Kind::trailer || !count.parts()) return;
    const bool image = block->kind == GifBlock::Kind::image;
    if (!(image ? count.page() : count.metadata(block->whole.size())) || !block->complete) return;
  }
}

void count_webp(ByteSpan file, Count& count) {
  std::size_t at = riff_head;
  for (auto chunk = next_riff_chunk(file, at); chunk && count.parts(); chunk = next_riff_chunk(file, at)) {
    const ByteSpan data = chunk->data;
    if (chunk->is("VP8X")) {
      count.found.width = 1 + number_at(data, 4, 3, Endian::little);
      count.found.height = 1 + number_at(data, 7, 3, Endian::little);
    } else if (chunk->is("ANMF")) {
      if (!count.page()) return;
    } else if (!chunk->is("VP8 ") && !chunk->is("VP8L") && !chunk->is("ALPH") && !chunk->is("ANIM")) {
      if (!count.metadata(data.size())) return;
      if (chunk->is("EXIF")) count_exif(data, count);
    }
  }
}

void count_heif(ByteSpan file, Count& count) {
  constexpr int deepest = 8;
  count_boxes(file, count, deepest);
  if (count.found.excess) return;
  const HeifContents contents = read_heif_contents(file);
  count_heif_metadata(contents, count);
  const HeifItem* const primary = contents.primary();
  if (primary != nullptr) {
    count.found.width = primary->width;
    count.found.height = primary->height;
  }
  const std::uint64_t frames = frames_shown(contents);
  for (std::uint64_t i = 0; i < frames; ++i) {
    if (!count.page()) return;
  }
}

}  // namespace structure

FileStructure count_structure(std::span<const std::byte> file, PictureFormat format,
                              const StructureBounds& bounds) {
  structure::Count count(bounds);
  switch (format) {
    case PictureFormat::jpeg:
      structure::count_jpeg(file, count);
      break;
    case PictureFormat::png:
      structure::count_png(file, count);
      break;
    case PictureFormat::gif:
      structure::count_gif(file, count);
      break;
    case PictureFormat::webp:
      structure::count_webp(file, count);
      break;
    case PictureFormat::tiff:
      structure::count_tiff(file, count);
      break;
    case PictureFormat::avif:
    case PictureFormat::heif:
      structure::count_heif(file, count);
      break;
    case PictureFormat::svg:
    case PictureFormat::unknown:
      break;
  }
  count.found.pages = std::max<std::uint64_t>(count.found.pages, 1);
  return count.found;
}

std::string_view name_of_parts(PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return "segments";
    case PictureFormat::png:
    case PictureFormat::webp:
      return "chunks";
    case PictureFormat::gif:
      return "blocks";
    case PictureFormat::tiff:
      return "tags";
    case PictureFormat::avif:
    case PictureFormat::heif:
      return "boxes";
    case PictureFormat::svg:
    case PictureFormat::unknown:
      break;
  }
  return "parts";
}

}  // namespace wm
