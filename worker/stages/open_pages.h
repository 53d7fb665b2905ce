#pragma once

// Which pages, frames or pictures of a file are marked, and their header. Nothing is decoded.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vips/vips8>

#include "common/picture/picture_format.h"
#include "worker/container/heif_contents.h"

namespace wm {

/// What libvips' loaders do about damage that they can pass over.
enum class Tolerance : std::uint8_t { none, of_damage };

/// All pages of the file one below another; the first TIFF page where libvips cannot read all of them as one
/// kind, and the primary picture of a HEIF file. What is left out is added to `losses`. Borrows `bytes` as
/// long as the image lives. Throws vips::VError; for a GIF, TaskFailure (corrupt).
[[nodiscard]] vips::VImage open_pages(std::span<const std::byte> bytes, PictureFormat format,
                                      Tolerance tolerance, std::vector<std::string>& losses);

/// "pictures of the file besides its primary one: 2 (640 x 480, 320 x 240)"; "" where there are none.
[[nodiscard]] std::string note_of_other_pictures(const HeifContents& contents);

/// libvips 8.14 lends out the metadata of HEIF files from memory that dies with the loader's image, without a
/// reference to it. `to` gets copies of those of `from`, which must still live; they may be the same.
void own_heif_metadata(const vips::VImage& from, vips::VImage& to);

}  // namespace wm
