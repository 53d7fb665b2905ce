#include "worker/metadata/metadata_blocks.h"

#include <algorithm>
#include <string>

#include "worker/container/gif_blocks.h"
#include "worker/container/jpeg_segments.h"
#include "worker/container/riff_chunks.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/png_text.h"
#include "worker/metadata/raw_block.h"
#include "worker/metadata/tiff_tags.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {
namespace {

/// Other containers can hold one block of each kind. `second` is the loss to report for any further one.
void set_first(Bytes& block, ByteSpan value, std::string_view second, Losses& losses) {
  if (block.empty()) {
    block = to_bytes(value);
  } else if (!equal(block, value)) {
    losses.add(second);
  }
}

void set_exif(MetadataBlocks& blocks, ByteSpan value, Losses& losses) {
  set_first(blocks.exif, part(value, exif_head_size(value)), "second EXIF block", losses);
}

void set_xmp(MetadataBlocks& blocks, ByteSpan value, Losses& losses) {
  set_first(blocks.xmp, value, "second XMP packet", losses);
}

/// If stored as LONGs, its bytes may be swapped. Empty when it is not an IPTC record.
Bytes iptc_of_tiff(ByteSpan value) {
  Bytes iptc = to_bytes(value);
  if (is_iptc(iptc)) return iptc;
  for (auto at = iptc.begin(); iptc.end() - at >= 4; at += 4) std::reverse(at, at + 4);
  return is_iptc(iptc) ? iptc : Bytes{};
}

/// If there are two records, Photoshop uses the one in its resources.
void add_iptc(Bytes& irb, ByteSpan iptc) {
  if (iptc.empty()) return;
  for (const auto& resource : read_image_resources(irb).resources) {
    if (resource.is_iptc()) return;
  }
  append_image_resource(irb, 0x0404, iptc);
}

MetadataBlocks blocks_of_jpeg(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto segments = read_jpeg_segments(file);
  if (!segments) return blocks;
  std::size_t comments = 0;
  const auto exif = exif_of_jpeg(*segments);
  for (const auto& block : exif) set_exif(blocks, block.bytes, losses);
  for (std::size_t i = 0; i < segments->segments.size(); ++i) {
    const auto& segment = segments->segments[i];
    const ByteSpan payload = segment.payload;
    if (std::ranges::any_of(exif, [i](const auto& block) { return i >= block.first && i < block.end; }))
      continue;
    if (segment.is(marker::app1, xmp_signature)) {
      set_xmp(blocks, part(payload, xmp_signature.size()), losses);
    } else if (segment.is(marker::app13, irb_signature)) {
      append(blocks.irb, part(payload, irb_signature.size()));
    } else if (segment.is(marker::app1, xmp_extension_signature)) {
      losses.add("extended XMP");
    } else if (segment.is(marker::app2, mpf_signature)) {
      losses.add("MPF index");
    } else if (segment.marker == marker::com) {
      ++comments;
    } else if (segment.is_metadata() && !segment.is(marker::app0, jfif_signature) &&
               !segment.is(marker::app0, jfxx_signature) && !segment.is(marker::app14, adobe_signature) &&
               !segment.is(marker::app2, icc_signature)) {
      losses.add("JPEG APP" + std::to_string(segment.marker - marker::app0) + " segment");
    }
  }
  losses.add(comments, "JPEG comment");
  if (segments->end < file.size()) {
    losses.add(std::to_string(file.size() - segments->end) + " bytes after the JPEG picture");
    blocks.trailer_left = true;
  }
  return blocks;
}

void read_png_profile(const PngText& text, MetadataBlocks& blocks, Losses& losses) {
  const auto block = read_raw_profile(text.text);
  if (!block) {
    losses.add("damaged profile in PNG text");
    return;
  }
  const RawBlock raw = raw_block(text.keyword, *block);
  switch (raw.kind) {
    case RawBlock::Kind::exif:
      set_exif(blocks, *block, losses);
      break;
    case RawBlock::Kind::xmp:
      set_xmp(blocks, part(*block, raw.head), losses);
      break;
    case RawBlock::Kind::irb:
      set_first(blocks.irb, part(*block, raw.head), "second block of Photoshop resources", losses);
      break;
    case RawBlock::Kind::iptc:
      add_iptc(blocks.irb, *block);
      break;
    case RawBlock::Kind::other:
      losses.add("PNG text " + std::string(text.keyword));
      break;
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
      set_exif(blocks, chunk.data, losses);
    } else if (text && text->readable && text->keyword == "XML:com.adobe.xmp") {
      set_xmp(blocks, text->text, losses);
    } else if (text && text->keyword.starts_with(raw_profile_keyword)) {
      read_png_profile(*text, blocks, losses);
    } else if (text) {
      losses.add("PNG text " + std::string(text->keyword));
    } else if (chunk.is("fcTL")) {
      frames += data_passed ? 1 : 0;
    } else if (chunk.is("IHDR") || chunk.is("PLTE") || chunk.is("IDAT") || chunk.is("IEND") ||
               chunk.is("tRNS") || chunk.is("iCCP") || chunk.is("sRGB") || chunk.is("pHYs") ||
               chunk.is("acTL") || chunk.is("fdAT")) {
      continue;  // in the pixels, in the profile, or provided by libvips
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
      set_exif(blocks, chunk.data, losses);
    } else if (chunk.is("XMP ")) {
      set_xmp(blocks, chunk.data, losses);
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
      set_xmp(blocks, read_gif_xmp(block), losses);
    } else if (!block.is_loop()) {
      losses.add("GIF application " + std::string(block.name));
    }
  }
  losses.add(comments, "GIF comment");
  return blocks;
}

/// The first page's tags as a separate EXIF block.
MetadataBlocks blocks_of_tiff(ByteSpan file, Losses& losses) {
  MetadataBlocks blocks;
  const auto tiff = TiffReader::open_file(file);
  const auto page = tiff ? tiff->directory(tiff->first_directory()) : std::nullopt;
  if (!page) {
    if (tiff) losses.add("all metadata: the TIFF cannot be read");
    return blocks;
  }
  const TiffReader& reader = *tiff;
  const TiffLayout layout{.order = reader.order()};
  NewDirectory copy;
  Bytes iptc;
  const MetadataPlan as_it_is{.thumbnail = ThumbnailPolicy::keep};
  std::size_t room = file.size();
  for (const auto& field : page->fields) {
    if (!field.sound || field.size > room) {
      if (tiff_tag_kind(field.tag) != TiffTagKind::storage)
        losses.add("damaged TIFF tag " + std::to_string(field.tag));
      continue;
    }
    room -= field.size;
    switch (tiff_tag_kind(field.tag)) {
      case TiffTagKind::xmp:
        set_xmp(blocks, reader.value(field), losses);
        break;
      case TiffTagKind::irb:
        set_first(blocks.irb, reader.value(field), "second block of Photoshop resources", losses);
        break;
      case TiffTagKind::iptc:
        iptc = iptc_of_tiff(reader.value(field));
        if (iptc.empty()) losses.add("IPTC in an unusual form");
        break;
      case TiffTagKind::exif:
      case TiffTagKind::gps:
        if (const auto directory = reader.directory(reader.offset(field))) {
          copy.children.push_back(
              {field.tag, copied_exif_directory(reader, *directory, as_it_is, layout, losses)});
        } else {
          losses.add(field.tag == exif_tag::exif_directory ? "damaged EXIF directory"
                                                           : "damaged GPS directory");
        }
        break;
      case TiffTagKind::storage:
        break;
      case TiffTagKind::samples:
      case TiffTagKind::range:
      case TiffTagKind::sensor:
      case TiffTagKind::directory:
      case TiffTagKind::custom:
        losses.add("TIFF tag " + std::to_string(field.tag));
        break;
      case TiffTagKind::pictures:
        losses.add(field.tag == 37724 ? "Photoshop layers" : "TIFF sub-pictures");
        break;
      default:
        copy.fields.push_back(copied_field(reader, field, layout));
        break;
    }
  }
  if (!is_empty(copy)) blocks.exif = new_block(copy, reader.order());
  add_iptc(blocks.irb, iptc);
  return blocks;
}

}  // namespace

MetadataBlocks read_blocks(ByteSpan file, Losses& losses) {
  switch (sniff_format(file)) {
    case PictureFormat::jpeg:
      return blocks_of_jpeg(file, losses);
    case PictureFormat::png:
      return blocks_of_png(file, losses);
    case PictureFormat::webp:
      return blocks_of_webp(file, losses);
    case PictureFormat::gif:
      return blocks_of_gif(file, losses);
    case PictureFormat::tiff:
      return blocks_of_tiff(file, losses);
    default:
      return {};
  }
}

}  // namespace wm::metadata
