#include "worker/metadata/photoshop_irb.h"

#include <limits>

#include "worker/metadata/embedded_jpeg.h"

namespace wm::metadata {
namespace {

constexpr std::uint16_t resource_iptc = 0x0404, resource_iptc_digest = 0x0425, resource_resolution = 0x03ED,
                        resource_thumbnail = 0x040C, resource_old_thumbnail = 0x0409,
                        resource_copyright_flag = 0x040A, resource_url = 0x040B;
constexpr std::size_t thumbnail_header = 28;
constexpr std::size_t max_thumbnail = std::size_t{48} << 10;

/// Format, width, height, bytes of a padded row, of all rows, of the JPEG, bits a pixel, planes.
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

bool survives(std::uint16_t id, CarryPolicy policy) {
  if (policy == CarryPolicy::keep) return true;
  if (id == resource_resolution) return true;
  return policy == CarryPolicy::copyright &&
         (id == resource_iptc || id == resource_copyright_flag || id == resource_url);
}

}  // namespace

ImageResources read_image_resources(ByteSpan irb) {
  ImageResources result;
  std::size_t at = 0;
  while (inside(irb, at, 12) && starts_with(part(irb, at), "8BIM")) {
    const std::size_t name = std::size_t{u8(irb, at + 6)} + 1;
    const std::size_t size_at = at + 6 + name + name % 2;
    const std::size_t size = u32(irb, size_at);
    if (!inside(irb, size_at, 4) || !inside(irb, size_at + 4, size)) break;
    std::size_t end = size_at + 4 + size;
    if (size % 2 != 0 && end < irb.size()) ++end;
    result.resources.push_back(
        {.id = u16(irb, at + 4), .whole = part(irb, at, end - at), .data = part(irb, size_at + 4, size)});
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
    if (resource.id == resource_iptc) {
      iptc_changed = iptc_changed || !equal(edited_iptc(resource.data, plan, losses), resource.data);
    }
  }
  for (const auto& resource : all.resources) {
    if (!survives(resource.id, plan.policy)) continue;
    const bool thumbnail = resource.id == resource_thumbnail || resource.id == resource_old_thumbnail;
    if (thumbnail && plan.thumbnail != ThumbnailPolicy::keep) {
      const auto made = plan.thumbnail == ThumbnailPolicy::remake
                            ? new_thumbnail(resource.data, plan, thumbnails)
                            : std::nullopt;
      if (made) {
        append_image_resource(result, resource_thumbnail, *made);
      } else if (plan.thumbnail == ThumbnailPolicy::remake) {
        losses.add("Photoshop thumbnail");
      }
    } else if (resource.id == resource_iptc && iptc_changed) {
      const Bytes iptc = edited_iptc(resource.data, plan, losses);
      if (!iptc.empty()) append_image_resource(result, resource_iptc, iptc);
    } else if (resource.id == resource_iptc_digest && iptc_changed) {
      continue;  // readers would think that somebody else had changed the record
    } else {
      append(result, resource.whole);
    }
  }
  if (all.rest.empty() || plan.policy != CarryPolicy::keep) return result;
  const bool zeros = std::ranges::all_of(all.rest, [](std::byte b) { return b == std::byte{0}; });
  if (zeros || plan.thumbnail == ThumbnailPolicy::keep) {
    append(result, all.rest);
  } else {
    losses.add("damaged Photoshop resources");
  }
  return result;
}

}  // namespace wm::metadata
