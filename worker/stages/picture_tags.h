#pragma once

// EXIF tags as a person reads them, from what libvips keeps of them with a picture.

#include <optional>
#include <string>
#include <string_view>

#include <vips/vips8>

namespace wm {

/// The tag `name` ("Artist") of the picture itself, else of its EXIF or GPS part; texts as they are, numbers
/// with their units ("f/2.8", "1/125 sec."). Nothing for a tag that is not there or empty.
[[nodiscard]] std::optional<std::string> exif_tag(const vips::VImage& image, std::string_view name);

/// The value in what libvips makes of a tag: "VALUE (VALUE FOR PEOPLE, TYPE, N components, N bytes)". Pure.
[[nodiscard]] std::string exif_value(std::string_view described);

}  // namespace wm
