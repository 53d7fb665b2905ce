#include <optional>
#include <string>
#include <utility>

#include "worker/container/gif_blocks.h"
#include "worker/container/jpeg_segments.h"
#include "worker/container/riff_chunks.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/metadata_blocks.h"
#include "worker/metadata/png_text.h"
#include "worker/metadata/tiff_tags.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {
namespace {

constexpr std::size_t max_xmp_in_jpeg = 65502;

void drop_longer(NewDirectory& directory, std::size_t size, Losses& losses) {
  std::erase_if(directory.fields, [&](const NewField& field) {
    if (field.value.size() <= size) return false;
    losses.add("EXIF tag " + std::to_string(field.tag) + ": too long for a JPEG");
    return true;
  });
  for (auto& child : directory.children) drop_longer(child.directory, size, losses);
}

/// The block without its thumbnail and its longest values.
Bytes shortened_exif(ByteSpan block, std::size_t limit, Losses& losses) {
  const auto exif = ExifBlock::read(block);
  if (!exif) {
    losses.add("EXIF: too long for a JPEG");
    return {};
  }
  const TiffReader& reader = exif->reader();
  const MetadataPlan as_it_is{.thumbnail = ThumbnailPolicy::keep};
  NewDirectory copy;
  std::size_t room = block.size();
  for (const auto& field : exif->main().fields) {
    if (!field.sound || field.size > room) continue;
    room -= field.size;
    const bool pointer = field.tag == exif_tag::exif_directory || field.tag == exif_tag::gps_directory;
    if (!pointer) copy.fields.push_back(copied_field(reader, field, reader.layout()));
  }
  const auto add = [&](std::uint16_t tag, const std::optional<TiffDirectory>& directory) {
    if (directory)
      copy.children.push_back(
          {tag, copied_exif_directory(reader, *directory, as_it_is, reader.layout(), losses)});
  };
  add(exif_tag::exif_directory, exif->exif());
  add(exif_tag::gps_directory, exif->gps());
  if (exif->thumbnail()) losses.add("EXIF thumbnail");
  Bytes shorter = new_block(copy, reader.order());
  for (std::size_t longest = limit / 2; shorter.size() > limit && longest > 0; longest /= 2) {
    drop_longer(copy, longest, losses);
    shorter = new_block(copy, reader.order());
  }
  if (shorter.size() <= limit) return shorter;
  losses.add("EXIF: too long for a JPEG");
  return {};
}

Bytes packed_jpeg(const MetadataBlocks& blocks, Losses& losses) {
  Bytes file = to_bytes("\xFF\xD8"sv);
  constexpr std::size_t exif_room = max_segment_payload - exif_signature.size();
  const Bytes exif =
      blocks.exif.size() > exif_room ? shortened_exif(blocks.exif, exif_room, losses) : blocks.exif;
  if (!exif.empty()) append_jpeg_segment(file, marker::app1, exif_signature, exif);
  if (blocks.xmp.size() > max_xmp_in_jpeg) {
    losses.add("XMP: too long for a JPEG");
  } else if (!blocks.xmp.empty()) {
    append_jpeg_segment(file, marker::app1, xmp_signature, blocks.xmp);
  }
  constexpr std::size_t most = max_segment_payload - irb_signature.size();
  for (std::size_t at = 0; at < blocks.irb.size(); at += most) {
    append_jpeg_segment(file, marker::app13, irb_signature, part(blocks.irb, at, most));
  }
  append(file, "\xFF\xD9"sv);
  return file;
}

Bytes packed_png(const MetadataBlocks& blocks) {
  Bytes file = to_bytes(png_signature);
  if (!blocks.exif.empty()) append_png_chunk(file, "eXIf", blocks.exif);
  if (!blocks.xmp.empty()) append_png_text(file, "iTXt", "XML:com.adobe.xmp", blocks.xmp);
  // No chunk is registered for resources; ImageMagick and exiftool read and write this one.
  if (!blocks.irb.empty())
    append_png_text(file, "zTXt", "Raw profile type iptc", raw_profile("iptc", blocks.irb));
  append_png_chunk(file, "IEND", {});
  return file;
}

Bytes packed_webp(const MetadataBlocks& blocks) {
  Bytes file = new_webp();
  if (!blocks.exif.empty()) append_riff_chunk(file, "EXIF", blocks.exif);
  if (!blocks.xmp.empty()) append_riff_chunk(file, "XMP ", blocks.xmp);
  set_riff_size(file);
  return file;
}

Bytes packed_gif(const MetadataBlocks& blocks, Losses& losses) {
  Bytes file = to_bytes("GIF89a\1\0\1\0\0\0\0"sv);
  if (text_of(blocks.xmp).find('\0') != std::string_view::npos) {
    losses.add("XMP: zeros have no place in a GIF");
  } else if (!blocks.xmp.empty()) {
    append_gif_xmp(file, blocks.xmp);
  }
  append_u8(file, 0x3B);
  return file;
}

/// The EXIF block is a TIFF file; the other blocks become tags of it.
Bytes packed_tiff(const MetadataBlocks& blocks, Losses& losses) {
  NewDirectory more;
  const auto add = [&more](std::uint16_t tag, const Bytes& value) {
    if (value.empty()) return;
    more.fields.push_back(
        {.tag = tag, .type = tiff_byte, .count = static_cast<std::uint32_t>(value.size()), .value = value});
  };
  add(tiff_tag::xmp, blocks.xmp);
  add(tiff_tag::irb, blocks.irb);
  const auto exif = ExifBlock::read(blocks.exif);
  if (!exif) {
    if (!blocks.exif.empty()) losses.add("damaged EXIF block");
    return new_block(more, Endian::little);
  }
  // Only one page: a second directory is a thumbnail, for which a TIFF has no place.
  if (exif->thumbnail()) losses.add("EXIF thumbnail");
  TiffDirectory main = exif->main();
  main.next = 0;
  Bytes file = blocks.exif;
  if (!replace_directory(file, 4, main, more, exif->reader().layout())) losses.add("XMP and IPTC");
  return file;
}

}  // namespace

std::optional<Bytes> packed_blocks(const MetadataBlocks& blocks, PictureFormat container, Losses& losses) {
  const bool irb =
      container == PictureFormat::jpeg || container == PictureFormat::tiff || container == PictureFormat::png;
  if (!irb && !blocks.irb.empty()) losses.add("IPTC and Photoshop resources");
  if (container == PictureFormat::gif && !blocks.exif.empty()) losses.add("EXIF");
  switch (container) {
    case PictureFormat::jpeg:
      return packed_jpeg(blocks, losses);
    case PictureFormat::png:
      return packed_png(blocks);
    case PictureFormat::webp:
      return packed_webp(blocks);
    case PictureFormat::gif:
      return packed_gif(blocks, losses);
    case PictureFormat::tiff:
      return packed_tiff(blocks, losses);
    default:
      return std::nullopt;
  }
}

}  // namespace wm::metadata
