#pragma once

// Which container a picture or logo is in, detected from its first bytes and never from its name. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wm {

/// `avif` is a HEIF file whose pictures are coded with AV1, `heif` any other.
enum class PictureFormat : std::uint8_t { unknown, jpeg, png, webp, tiff, gif, avif, heif, svg };

/// The number of bytes that sniff_format() examines at most; it accepts fewer.
inline constexpr std::size_t sniff_length = 4096;

/// Returns `heif` for AVIF, too: the two are told apart later.
[[nodiscard]] PictureFormat sniff_format(std::span<const std::byte> head);

/// "JPEG".
[[nodiscard]] std::string_view name(PictureFormat format);

}  // namespace wm
