#include "worker/metadata/photoshop_irb.h"

#include <algorithm>
#include <string_view>

#include "worker/metadata/embedded_jpeg.h"

namespace wm::metadata {
namespace {

constexpr std::uint16_t resource_iptc = 0x0404, resource_iptc_digest = 0x0425, resource_resolution = 0x03ED,
                        resource_thumbnail = 0x040C, resource_old_thumbnail = 0x0409,
                        resource_copyright_flag = 0x040A, resource_url = 0x040B;
constexpr std::size_t thumbnail_header = 28;
constexpr std::size_t max_thumbnail = std::size_t{48} << 10;

/// Header fields: format, width, height, bytes of a padded row, of all rows, of the JPEG, bits a pixel,
/// planes.
std::optional<Bytes> new_thumbnail(ByteSpan old, const MetadataPlan& plan, ThumbnailMaker& thumbnails) {
  ThumbnailBox box;
  const std::uint32_t width = u32(old, 4);
  const std::uint32_t height = u32(old, 8);
  if (old.size() > thumbnail_header && width > 0 && height > 0) {
    box = plan.orientation_baked ? ThumbnailBox{height, width} : ThumbnailBox{width, height};
  }
  if ((plan.width > plan.height && box.height > box.width) ||
      (plan.height > plan.width && box.width > box.height)) {
    std::swap(box.width, box.height);
  }
  const auto jpeg = thumbnails.make(box, max_thumbnail);
  const auto extent = jpeg ? jpeg_extent(*jpeg) : std::nullopt;
  if (!extent) return std::nullopt;
  const std::uint32_t row = (extent->width * 24 + 31) / 32 * 4;
  Bytes data;
  append_u32(data, 1);
  append_u32(data, extent->width);
  append_u32(data, extent->height);
  append_u32(data, row);
  append_u32(data, row * extent->height);
  append_u32(data, static_cast<std::uint32_t>(jpeg->size()));
  append_u16(data, 24);
  append_u16(data, 1);
  append(data, *jpeg);
  return data;
}

bool survives(const ImageResource& resource, CarryPolicy policy) {
  if (policy == CarryPolicy::keep) return true;
  if (resource.is(resource_resolution)) return true;
  return policy == CarryPolicy::copyright &&
         (resource.is_iptc() || resource.is(resource_copyright_flag) || resource.is(resource_url));
}

/// The range of a resource's data; nullopt when no resource begins at `at`.
std::optional<ByteRange> data_range(ByteSpan irb, std::size_t at) {
  if (!inside(irb, at, 12)) return std::nullopt;
  const auto signature = text_of(part(irb, at, 4));
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (!std::ranges::all_of(signature, is_letter)) return std::nullopt;
  const std::size_t name = std::size_t{u8(irb, at + 6)} + 1;
  const std::size_t size_at = at + 6 + name + name % 2;
  const std::size_t size = u32(irb, size_at);
  if (!inside(irb, size_at, 4) || !inside(irb, size_at + 4, size)) return std::nullopt;
  return ByteRange{size_at + 4, size_at + 4 + size};
}

/// Appends a resource unchanged, except for unexpected pictures in it.
void append_other(Bytes& irb, const ImageResource& resource, const MetadataPlan& plan, Losses& losses) {
  Bytes whole = to_bytes(resource.whole);
  if (plan.thumbnail != ThumbnailPolicy::keep)
    losses.add(wipe_embedded_jpegs(whole), "preview picture", "in Photoshop resources");
  append(irb, whole);
}

}  // namespace

ImageResources read_image_resources(ByteSpan irb) {
  ImageResources result;
  std::size_t at = 0;
  while (const auto data = data_range(irb, at)) {
    std::size_t end = data->end;
    const bool odd = (data->end - data->begin) % 2 != 0;
    // Padding, which some programs omit.
    if (odd && end < irb.size() && (u8(irb, end) == 0 || !data_range(irb, end))) ++end;
    result.resources.push_back({.signature = text_of(part(irb, at, 4)),
                                .id = u16(irb, at + 4),
                                .whole = part(irb, at, end - at),
                                .data = part(irb, data->begin, data->end - data->begin)});
    at = end;
  }
  result.rest = part(irb, at);
  return result;
}

void append_image_resource(Bytes& irb, std::uint16_t id, ByteSpan data) {
  append(irb, "8BIM");
  append_u16(irb, id);
  append_u16(irb, 0);
  append_u32(irb, static_cast<std::uint32_t>(data.size()));
  append(irb, data);
  if (data.size() % 2 != 0) append_u8(irb, 0);
}

Bytes edited_irb(ByteSpan irb, const MetadataPlan& plan, ThumbnailMaker& thumbnails, Losses& losses) {
  const ImageResources all = read_image_resources(irb);
  Bytes result;
  bool iptc_changed = false;
  for (const auto& resource : all.resources) {
    if (resource.is_iptc()) {
      iptc_changed = iptc_changed || !equal(edited_iptc(resource.data, plan, losses), resource.data);
    }
  }
  for (const auto& resource : all.resources) {
    if (!survives(resource, plan.policy)) continue;
    const bool thumbnail = resource.is(resource_thumbnail) || resource.is(resource_old_thumbnail);
    if (thumbnail && plan.thumbnail != ThumbnailPolicy::keep) {
      const auto made = plan.thumbnail == ThumbnailPolicy::remake
                            ? new_thumbnail(resource.data, plan, thumbnails)
                            : std::nullopt;
      if (made) {
        append_image_resource(result, resource_thumbnail, *made);
      } else if (plan.thumbnail == ThumbnailPolicy::remake) {
        losses.add("Photoshop thumbnail");
      }
    } else if (resource.is_iptc() && iptc_changed) {
      const Bytes iptc = edited_iptc(resource.data, plan, losses);
      if (!iptc.empty()) append_image_resource(result, resource_iptc, iptc);
    } else if (resource.is(resource_iptc_digest) && iptc_changed) {
      continue;  // readers would conclude that another program had changed the record
    } else {
      append_other(result, resource, plan, losses);
    }
  }
  if (all.rest.empty() || plan.policy != CarryPolicy::keep) return result;
  // The unreadable rest stays, except for pictures in it.
  append_other(result, {.signature = {}, .id = 0, .whole = all.rest, .data = {}}, plan, losses);
  return result;
}

}  // namespace wm::metadata
