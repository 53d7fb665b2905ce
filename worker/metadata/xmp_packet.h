#pragma once

// Changes to an XMP packet (ISO 16684-1): texts, orientation, sizes, thumbnails, filtering by policy. Only
// the changed parts are rewritten; growth is taken from the packet's padding as long as there is any. libxml2
// decides whether a packet can be edited: it must be well-formed UTF-8 without a DOCTYPE.

#include <cstddef>
#include <string_view>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

/// When a plan's texts create a packet where there is none: if they are not ASCII, which EXIF does not
/// support; or always, where the container has no place for EXIF.
enum class NewPacket : std::uint8_t { when_not_ascii, always };

/// Empty when there is no packet and the plan makes none, or when nothing remains. At most `limit` bytes if
/// `packet` is. A packet that cannot be edited as requested is reported and stays as it was, without the
/// pictures that must be removed; under any policy but `keep` it is dropped. A changed UTF-16 packet becomes
/// UTF-8.
[[nodiscard]] Bytes edited_xmp(ByteSpan packet, const MetadataPlan& plan, std::size_t limit, NewPacket when,
                               Losses& losses);

/// Whether the bytes begin like a packet, in UTF-8 or UTF-16.
[[nodiscard]] bool is_xmp(ByteSpan bytes);

/// True when a packet, or a part of one, contains a property for pictures (xmp:Thumbnails, xmpGImg:image,
/// GImage:Data), in any encoding.
[[nodiscard]] bool mentions_pictures(ByteSpan packet);

/// Overwrites the pictures of a packet, or of a part of one, with spaces, even if the rest is damaged.
/// Returns their number.
std::size_t blank_pictures(Bytes& packet);

/// The packet without properties that announce a video after the picture (Google's MotionPhoto and
/// MicroVideo).
[[nodiscard]] Bytes without_motion_photo(ByteSpan packet);

}  // namespace wm::metadata
