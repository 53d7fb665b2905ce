#include "worker/metadata/raw_block.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "worker/container/jpeg_segments.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/png_text.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {

RawBlock raw_block(std::string_view keyword, ByteSpan block) {
  using Kind = RawBlock::Kind;
  if (exif_head_size(block) > 0 || TiffReader::open(block)) return {Kind::exif};
  for (const auto signature : {xmp_signature, xmp_signature.substr(0, xmp_signature.size() - 1)}) {
    if (starts_with(block, signature)) return {Kind::xmp, signature.size()};
  }
  if (starts_with(block, xmp_extension_signature)) return {Kind::other};
  if (starts_with(block, irb_signature)) return {Kind::irb, irb_signature.size()};
  if (is_iptc(block)) return {Kind::iptc};
  if (!read_image_resources(block).resources.empty()) return {Kind::irb};
  if (is_xmp(block)) return {Kind::xmp};
  std::string name(keyword.substr(std::min(keyword.size(), raw_profile_keyword.size())));
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name == "exif") return {Kind::exif};
  if (name == "xmp") return {Kind::xmp};
  return {Kind::other};
}

}  // namespace wm::metadata
