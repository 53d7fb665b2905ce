#pragma once

// Selects the pages, frames or pictures of a file to be marked, and opens their header. Decodes nothing.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vips/vips8>

#include "common/picture/picture_format.h"
#include "worker/container/heif_contents.h"

namespace wm {

/// How libvips' loaders treat damage that they could tolerate.
enum class Tolerance : std::uint8_t { none, of_damage };

/// All pages of the file, stacked vertically; only the first TIFF page where libvips cannot read all of them
/// as one kind, and only the primary picture of a HEIF file. Notes what was left out in `losses`. Borrows
/// `bytes` as long as the image lives. Throws vips::VError; for a GIF, TaskFailure (corrupt).
[[nodiscard]] vips::VImage open_pages(std::span<const std::byte> bytes, PictureFormat format,
                                      Tolerance tolerance, std::vector<std::string>& losses);

/// "pictures of the file besides its primary one: 2 (640 x 480, 320 x 240)"; "" when there are no others.
[[nodiscard]] std::string note_of_other_pictures(const HeifContents& contents);

/// libvips 8.14 hands out the metadata of HEIF files without a reference to their memory, which is freed with
/// the loader's image. Gives `to` copies of the metadata of `from`, which must still live; they may be the
/// same.
void own_heif_metadata(const vips::VImage& from, vips::VImage& to);

}  // namespace wm
