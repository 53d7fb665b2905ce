#include "worker/metadata/carry_over.h"

#include "worker/container/jpeg_segments.h"
#include "worker/metadata/exif_edit.h"
#include "worker/metadata/utf8.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::size_t encoder_limit = std::size_t{16} << 20;

std::string sound_text(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  return is_utf8(text) ? std::string(text) : utf8_of_latin1(text);
}

/// Makes the texts valid UTF-8 without NUL characters.
MetadataPlan sound(MetadataPlan plan) {
  plan.copyright = sound_text(plan.copyright);
  plan.artist = sound_text(plan.artist);
  return plan;
}

ThumbnailMaker maker_for(ByteSpan output, const MetadataPlan& plan) {
  return {plan.pixels, sniff_format(output) == PictureFormat::jpeg ? output : ByteSpan{}};
}

Bytes carry_same(PictureFormat container, ByteSpan input, ByteSpan output, const Carry& carry) {
  switch (container) {
    case PictureFormat::jpeg:
      return carry_jpeg(input, output, carry);
    case PictureFormat::png:
      return carry_png(input, output, carry);
    case PictureFormat::webp:
      return carry_webp(input, output, carry);
    case PictureFormat::gif:
      return carry_gif(input, output, carry);
    case PictureFormat::tiff:
      return carry_tiff(input, output, carry);
    default:
      return to_bytes(output);
  }
}

/// Reports contents that are not carried over, and notes what the packet of such an input must not promise
/// then.
void leave_behind(ByteSpan input, const MetadataBlocks& blocks, PictureFormat to, MetadataPlan& plan,
                  Losses& losses) {
  if (sniff_format(input) == PictureFormat::heif) {
    report_heif_extras(input, to, plan, losses);
    withdraw_heif_promises(input, to, plan);
  } else if (blocks.trailer_left) {
    plan.trailer_gone = plan.gain_map_gone = true;
  }
}

CarryResult carry_packed(const MetadataBlocks& blocks, ByteSpan output, const MetadataPlan& plan,
                         Losses& losses) {
  const PictureFormat container = sniff_format(output);
  const auto packed = packed_blocks(blocks, container, losses);
  if (!packed) return {.bytes = to_bytes(output), .losses = losses.phrases()};
  ThumbnailMaker thumbnails = maker_for(output, plan);
  const Carry carry{.plan = plan, .thumbnails = thumbnails, .losses = losses, .source = Source::blocks};
  Bytes bytes = carry_same(container, *packed, output, carry);
  return {.bytes = std::move(bytes), .losses = losses.phrases()};
}

}  // namespace

CarryResult carry_over(ByteSpan input, ByteSpan output, const MetadataPlan& plan) {
  MetadataPlan sound_plan = sound(plan);
  Losses losses;
  const PictureFormat from = sniff_format(input);
  const PictureFormat to = sniff_format(output);
  if (from == PictureFormat::heif) report_heif_extras(input, to, plan, losses);
  if (to == PictureFormat::heif || to == PictureFormat::unknown) {
    return {.bytes = to_bytes(output), .losses = losses.phrases()};
  }
  if (from == to) {
    ThumbnailMaker thumbnails = maker_for(output, sound_plan);
    Bytes bytes =
        carry_same(to, input, output, {.plan = sound_plan, .thumbnails = thumbnails, .losses = losses});
    return {.bytes = std::move(bytes), .losses = losses.phrases()};
  }
  // Under other policies most losses are intended.
  Losses unasked;
  const MetadataBlocks blocks = read_blocks(input, plan.policy == CarryPolicy::keep ? losses : unasked);
  if (from != PictureFormat::heif) leave_behind(input, blocks, to, sound_plan, losses);
  return carry_packed(blocks, output, sound_plan, losses);
}

CarryResult carry_blocks(ByteSpan input, const MetadataBlocks& blocks, ByteSpan output,
                         const MetadataPlan& plan) {
  Losses losses;
  MetadataPlan sound_plan = sound(plan);
  leave_behind(input, blocks, sniff_format(output), sound_plan, losses);
  MetadataBlocks bare = blocks;
  if (starts_with(bare.exif, exif_signature)) bare.exif = to_bytes(part(blocks.exif, exif_signature.size()));
  return carry_packed(bare, output, sound_plan, losses);
}

CarryResult edit_finished_jpeg(ByteSpan finished, const MetadataPlan& plan) {
  return carry_over(finished, finished, plan);
}

EncoderBlocks blocks_for_encoder(ByteSpan input, const std::optional<MetadataBlocks>& read,
                                 const MetadataPlan& plan) {
  MetadataPlan sound_plan = sound(plan);
  Losses losses;
  Losses unasked;
  const MetadataBlocks blocks =
      read ? *read : read_blocks(input, plan.policy == CarryPolicy::keep ? losses : unasked);
  leave_behind(input, blocks, PictureFormat::heif, sound_plan, losses);
  if (!blocks.irb.empty() && plan.policy == CarryPolicy::keep) losses.add("IPTC and Photoshop resources");
  ThumbnailMaker thumbnails(plan.pixels, {});
  ByteSpan exif = blocks.exif;
  if (starts_with(exif, exif_signature)) exif = part(exif, exif_signature.size());
  EncoderBlocks result;
  const Bytes edited = edited_exif(exif, sound_plan, thumbnails, encoder_limit, losses);
  if (!edited.empty()) {
    append(result.exif, exif_signature);
    append(result.exif, edited);
  }
  result.xmp = edited_xmp(blocks.xmp, sound_plan, encoder_limit, NewPacket::when_not_ascii, losses);
  result.losses = losses.phrases();
  return result;
}

Bytes find_exif(ByteSpan file) {
  Losses losses;
  return read_blocks(file, losses).exif;
}

}  // namespace wm::metadata
