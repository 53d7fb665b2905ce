#pragma once

// A decoded picture on its way from one stage to the next.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vips/vips8>

#include "common/picture/picture_format.h"
#include "worker/avif/avif_source.h"
#include "worker/container/png_chunks.h"
#include "worker/jpeg/header_probe.h"
#include "worker/marks/geometry.h"
#include "worker/marks/orientation.h"
#include "worker/marks/pixel_layout.h"
#include "worker/palette/colour_changes.h"
#include "worker/palette/palette.h"
#include "worker/stages/input_file.h"
#include "worker/tiff/tiff_traits.h"

namespace wm {

struct Picture {
  PictureFormat format = PictureFormat::unknown;
  InputFile input;     // libvips reads from its memory, so it must outlive the image
  vips::VImage image;  // entirely in memory and not shared, so it may be written to
  Size page;           // stored size of one page or frame
  int pages = 1;       // stacked vertically
  Orientation orientation;
  PixelLayout layout;
  bool packed_lab = false;          // the file had LABQ samples
  bool upright = false;             // the pixels have been turned according to the orientation
  bool sides_swapped = false;       // by turning them upright
  std::vector<std::string> losses;  // parts of the file that were not even read, as phrases for users
  bool suspicious = false;          // another reader of the file found damage that its decoder may tolerate
  std::string damage;  // why its decoder failed, when the readable rest is marked; "" for a sound file
  // What the encoder must know about the input's encoding:
  std::optional<JpegTraits> jpeg;
  std::optional<tiff::TiffTraits> tiff;
  container::PngHeader png;
  std::optional<ColourCodes> colour_codes;                // AVIF, HEIC: the source of the image's profile
  std::shared_ptr<avif::AvifSource> avif;                 // including its decoded planes
  bool lossless = true;                                   // WebP
  std::vector<std::vector<PaletteColour>> frame_colours;  // GIF: of each frame, sorted; empty if over 256
  /// The changes that one mark made on a page.
  struct MarkedPage {
    int page = 0;
    ColourChanges changes;
  };
  std::vector<MarkedPage> marked_pages;  // for a picture of few colours
};

}  // namespace wm
