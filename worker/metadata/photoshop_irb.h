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
  /// "8BIM", or that of another program (PHUT, AgHg, DCSR, MeSa), whose numbers mean something else.
  std::string_view signature;
  std::uint16_t id = 0;
  ByteSpan whole;  // signature, id, name, size, data and padding
  ByteSpan data;
  [[nodiscard]] bool is(std::uint16_t photoshop_id) const {
    return signature == "8BIM" && id == photoshop_id;
  }
  [[nodiscard]] bool is_iptc() const { return is(0x0404); }
};

/// In their order; `rest` is what follows the last one that can be read.
struct ImageResources {
  std::vector<ImageResource> resources;
  ByteSpan rest;
};
[[nodiscard]] ImageResources read_image_resources(ByteSpan irb);

/// A resource of that id without a name.
void append_image_resource(Bytes& irb, std::uint16_t id, ByteSpan data);

/// The resources as the plan wants them: thumbnails remade or stripped, texts in the IPTC record where there
/// is one, what the policy keeps. Byte for byte the same where nothing is asked.
[[nodiscard]] Bytes edited_irb(ByteSpan irb, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                               Losses& losses);

/// Whether that is an IPTC record on its own: data sets, or at least one.
[[nodiscard]] bool is_iptc(ByteSpan block);

/// The same as edited_irb() for a record on its own, as TIFF has it.
[[nodiscard]] Bytes edited_iptc(ByteSpan iptc, const MetadataPlan& plan, Losses& losses);

}  // namespace wm::metadata
