#pragma once

// XMP operations that use libxml2. One thread; no network, no entities, no huge documents.

#include <optional>
#include <string>
#include <string_view>

namespace wm::metadata {

inline constexpr std::string_view rdf_namespace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
inline constexpr std::string_view dc_namespace = "http://purl.org/dc/elements/1.1/";  // Dublin Core

[[nodiscard]] bool is_well_formed(std::string_view xml);

/// A new packet with author and rights only: dc:creator, dc:rights, xmpRights:*, photoshop:Credit and, unless
/// `orientation_baked`, tiff:Orientation. Empty when the packet has none of them; nullopt when it cannot be
/// read.
[[nodiscard]] std::optional<std::string> rights_of_xmp(std::string_view packet, bool orientation_baked);

}  // namespace wm::metadata
