#pragma once

// Which container a file is in, told from its first bytes and never from its name. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wm {

enum class PictureFormat : std::uint8_t { unknown, jpeg, png, webp, tiff, gif, heif, svg };

/// How many bytes sniff_format() wants to see; it accepts fewer.
inline constexpr std::size_t sniff_length = 1024;

[[nodiscard]] PictureFormat sniff_format(std::span<const std::byte> head);

/// "JPEG"; HEIF covers AVIF.
[[nodiscard]] std::string_view name(PictureFormat format);

}  // namespace wm
