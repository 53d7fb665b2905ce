#pragma once

// Changes to an XMP packet (ISO 16684-1): texts, orientation, sizes, thumbnails, what a policy keeps. Only
// what changes is written anew; growth is taken from the packet's padding while there is any. libxml2 has the
// last word on whether a packet can be edited: it must be well-formed UTF-8 without a DOCTYPE.

#include <cstddef>
#include <string_view>

#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

/// Whether a plan's texts make a packet where there is none: when they are not ASCII, which EXIF does not
/// provide for; or always, where the container has no place for EXIF.
enum class NewPacket : std::uint8_t { when_not_ascii, always };

/// Empty when there is none and the plan makes none, or nothing is left. Of `limit` bytes at most if `packet`
/// is. What cannot be edited as asked is reported and stays as it was, without the pictures that must go;
/// under another policy than `keep` it is dropped. A packet in UTF-16 that changes becomes UTF-8.
[[nodiscard]] Bytes edited_xmp(ByteSpan packet, const MetadataPlan& plan, std::size_t limit, NewPacket when,
                               Losses& losses);

/// Whether the bytes begin as a packet does, in UTF-8 or UTF-16.
[[nodiscard]] bool is_xmp(ByteSpan bytes);

/// True when a packet, or a part of one, names a picture (xmp:Thumbnails, xmpGImg:image, GImage:Data), in any
/// encoding.
[[nodiscard]] bool mentions_pictures(ByteSpan packet);

/// Overwrites the pictures of a packet, or of a part of one, with spaces, however damaged the rest is.
/// Returns how many there were.
std::size_t blank_pictures(Bytes& packet);

/// The packet without what says that a video follows the picture (Google's MotionPhoto and MicroVideo).
[[nodiscard]] Bytes without_motion_photo(ByteSpan packet);

}  // namespace wm::metadata
