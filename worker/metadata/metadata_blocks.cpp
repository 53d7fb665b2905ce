#include "worker/metadata/metadata_blocks.h"

#include <string>

#include "worker/metadata/exif_block.h"
#include "worker/metadata/gif_blocks.h"
#include "worker/metadata/jpeg_segments.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/png_chunks.h"
#include "worker/metadata/riff_chunks.h"
#include "worker/metadata/tiff_tags.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {
namespace {

ByteSpan without_exif_signature(ByteSpan block) {
  return starts_with(block, exif_signature) ? block.subspan(exif_signature.size()) : block;
}

void set_first(Bytes& block, ByteSpan value) {
  if (block.empty()) block = to_bytes(value);
}

MetadataBlocks blocks_of_jpeg(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto segments = read_jpeg_segments(file);
  if (!segments) return blocks;
  std::size_t comments = 0;
  for (const auto& segment : segments->segments) {
    const ByteSpan payload = segment.payload;
    if (segment.is(app1, exif_signature)) {
      set_first(blocks.exif, part(payload, exif_signature.size()));
    } else if (segment.is(app1, xmp_signature)) {
      set_first(blocks.xmp, part(payload, xmp_signature.size()));
    } else if (segment.is(app13, irb_signature)) {
      append(blocks.irb, part(payload, irb_signature.size()));
    } else if (segment.is(app1, xmp_extension_signature)) {
      losses.add("extended XMP");
    } else if (segment.is(app2, mpf_signature)) {
      losses.add("MPF index");
    } else if (segment.marker == com) {
      ++comments;
    } else if (segment.is_metadata() && !segment.is(app0, jfif_signature) &&
               !segment.is(app0, jfxx_signature) && !segment.is(app14, adobe_signature) &&
               !segment.is(app2, icc_signature)) {
      losses.add("JPEG APP" + std::to_string(segment.marker - app0) + " segment");
    }
  }
  losses.add(comments, "JPEG comment");
  if (segments->end < file.size()) {
    losses.add(std::to_string(file.size() - segments->end) + " bytes behind the JPEG picture");
    blocks.trailer_left = true;
  }
  return blocks;
}

void read_png_profile(const PngText& text, MetadataBlocks& blocks, Losses& losses) {
  const auto name = text.keyword.substr(std::string_view("Raw profile type ").size());
  const auto block = read_raw_profile(text.text);
  if (!block) {
    losses.add("damaged profile in PNG text");
  } else if (name == "xmp") {
    set_first(blocks.xmp, *block);
  } else if (name == "8bim" || name == "iptc") {
    set_first(blocks.irb,
              starts_with(*block, irb_signature) ? part(*block, irb_signature.size()) : ByteSpan(*block));
  } else if (name == "exif" || (name == "APP1" && starts_with(*block, exif_signature))) {
    set_first(blocks.exif, without_exif_signature(*block));
  } else {
    losses.add("PNG text Raw profile");
  }
}

MetadataBlocks blocks_of_png(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto chunks = read_png_chunks(file);
  if (!chunks) return blocks;
  std::size_t frames = 0;
  bool data_passed = false;
  for (const auto& chunk : chunks->chunks) {
    data_passed = data_passed || chunk.is("IDAT");
    const auto text = read_png_text(chunk);
    if (chunk.is("eXIf")) {
      set_first(blocks.exif, without_exif_signature(chunk.data));
    } else if (text && text->readable && text->keyword == "XML:com.adobe.xmp") {
      set_first(blocks.xmp, text->text);
    } else if (text && text->keyword.starts_with("Raw profile type ")) {
      read_png_profile(*text, blocks, losses);
    } else if (text) {
      losses.add("PNG text " + std::string(text->keyword));
    } else if (chunk.is("fcTL")) {
      frames += data_passed ? 1 : 0;
    } else if (chunk.is("IHDR") || chunk.is("PLTE") || chunk.is("IDAT") || chunk.is("IEND") ||
               chunk.is("tRNS") || chunk.is("iCCP") || chunk.is("sRGB") || chunk.is("pHYs") ||
               chunk.is("acTL") || chunk.is("fdAT")) {
      continue;  // in the pixels, in the profile, or said by libvips
    } else {
      losses.add("PNG chunk " + std::string(chunk.type));
    }
  }
  losses.add(frames, "APNG frame");
  return blocks;
}

MetadataBlocks blocks_of_webp(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto chunks = read_webp_chunks(file);
  if (!chunks) return blocks;
  for (const auto& chunk : chunks->chunks) {
    if (chunk.is("EXIF")) {
      set_first(blocks.exif, without_exif_signature(chunk.data));
    } else if (chunk.is("XMP ")) {
      set_first(blocks.xmp, chunk.data);
    } else if (!chunk.is("VP8X") && !chunk.is("ICCP") && !chunk.is("ANIM") && !chunk.is("ANMF") &&
               !chunk.is("ALPH") && !chunk.is("VP8 ") && !chunk.is("VP8L")) {
      losses.add("WebP chunk " + std::string(chunk.type));
    }
  }
  return blocks;
}

MetadataBlocks blocks_of_gif(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto gif = read_gif_blocks(file);
  if (!gif) return blocks;
  std::size_t comments = 0;
  for (const auto& block : gif->blocks) {
    if (block.kind == GifBlock::Kind::comment) ++comments;
    if (block.kind == GifBlock::Kind::plain_text) losses.add("GIF plain text block");
    if (block.kind != GifBlock::Kind::application) continue;
    if (block.name == gif_xmp) {
      set_first(blocks.xmp, read_gif_xmp(block));
    } else if (block.name != "NETSCAPE2.0" && block.name != "ANIMEXTS1.0") {
      losses.add("GIF application " + std::string(block.name));
    }
  }
  losses.add(comments, "GIF comment");
  return blocks;
}

/// The first page's tags as an EXIF block of their own.
MetadataBlocks blocks_of_tiff(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto tiff = ExifBlock::read(file);
  if (!tiff) {
    if (is_big_tiff(file)) losses.add("EXIF and descriptions of a BigTIFF");
    return blocks;
  }
  const TiffReader& reader = tiff->reader();
  NewDirectory copy;
  const MetadataPlan as_it_is{.thumbnail = ThumbnailPolicy::keep};
  std::size_t room = file.size();
  for (const auto& field : tiff->main().fields) {
    if (!field.sound || field.size > room) continue;
    room -= field.size;
    switch (tiff_tag_kind(field.tag)) {
      case TiffTagKind::xmp:
        set_first(blocks.xmp, reader.value(field));
        break;
      case TiffTagKind::irb:
        set_first(blocks.irb, reader.value(field));
        break;
      case TiffTagKind::iptc:
        if (u8(reader.value(field), 0) == 0x1C && blocks.irb.empty()) {
          append_image_resource(blocks.irb, 0x0404, reader.value(field));
        }
        break;
      case TiffTagKind::exif:
      case TiffTagKind::gps:
        if (const auto directory = reader.directory(reader.number(field))) {
          copy.children.push_back(
              {field.tag, copied_exif_directory(reader, *directory, as_it_is, reader.order(), losses)});
        }
        break;
      case TiffTagKind::storage:
        break;
      case TiffTagKind::unknown:
        losses.add("TIFF tag " + std::to_string(field.tag));
        break;
      case TiffTagKind::pictures:
        losses.add(field.tag == 37724 ? "Photoshop layers" : "TIFF sub-pictures");
        break;
      default:
        copy.fields.push_back(copied_field(reader, field, reader.order()));
        break;
    }
  }
  if (!is_empty(copy)) blocks.exif = new_block(copy, reader.order());
  return blocks;
}

}  // namespace

Container container_of(ByteSpan file) {
  if (starts_with(file, "\xFF\xD8"sv)) return Container::jpeg;
  if (starts_with(file, png_signature)) return Container::png;
  if (starts_with(file, "RIFF") && starts_with(part(file, 8), "WEBP")) return Container::webp;
  if (starts_with(file, "GIF8")) return Container::gif;
  if (TiffReader::open(file) || is_big_tiff(file)) return Container::tiff;
  if (starts_with(part(file, 4), "ftyp")) return Container::heif;
  return Container::unknown;
}

MetadataBlocks read_blocks(ByteSpan file, Losses& losses) {
  switch (container_of(file)) {
    case Container::jpeg:
      return blocks_of_jpeg(file, losses);
    case Container::png:
      return blocks_of_png(file, losses);
    case Container::webp:
      return blocks_of_webp(file, losses);
    case Container::gif:
      return blocks_of_gif(file, losses);
    case Container::tiff:
      return blocks_of_tiff(file, losses);
    default:
      return {};
  }
}

}  // namespace wm::metadata
