#pragma once

// Photoshop image resource blocks and the IPTC records in them: Adobe Photoshop File Formats Specification,
// "Image Resources"; IPTC Information Interchange Model 4.2. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"
#include "worker/metadata/thumbnail_maker.h"

namespace wm::metadata {

struct ImageResource {
  /// "8BIM", or that of another program (PHUT, AgHg, DCSR, MeSa), whose numbers have other meanings.
  std::string_view signature;
  std::uint16_t id = 0;
  ByteSpan whole;  // signature, id, name, size, data and padding
  ByteSpan data;
  [[nodiscard]] bool is(std::uint16_t photoshop_id) const {
    return signature == "8BIM" && id == photoshop_id;
  }
  [[nodiscard]] bool is_iptc() const { return is(0x0404); }
};

/// In file order; `rest` follows the last readable one.
struct ImageResources {
  std::vector<ImageResource> resources;
  ByteSpan rest;
};
[[nodiscard]] ImageResources read_image_resources(ByteSpan irb);

/// Appends a resource of that id without a name.
void append_image_resource(Bytes& irb, std::uint16_t id, ByteSpan data);

/// The resources edited according to the plan: thumbnails remade or stripped, texts set in an existing IPTC
/// record, filtered by policy. Byte for byte the same without any requested change.
[[nodiscard]] Bytes edited_irb(ByteSpan irb, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                               Losses& losses);

/// Whether the block is a bare IPTC record: at least one data set.
[[nodiscard]] bool is_iptc(ByteSpan block);

/// Like edited_irb() for a bare record, as in TIFF.
[[nodiscard]] Bytes edited_iptc(ByteSpan iptc, const MetadataPlan& plan, Losses& losses);

}  // namespace wm::metadata
