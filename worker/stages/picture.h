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
  InputFile input;     // libvips reads from its memory, so it outlives the image
  vips::VImage image;  // whole in memory and owned by nobody else, so it may be written to
  Size page;           // stored size of one page or frame
  int pages = 1;       // they lie one below another
  Orientation orientation;
  PixelLayout layout;
  bool packed_lab = false;          // was LABQ in the file
  bool upright = false;             // the pixels have been turned as the orientation said
  bool sides_swapped = false;       // by that
  std::vector<std::string> losses;  // what of the file was not even read, as phrases for a person
  bool suspicious = false;          // another reader of the file met damage that its decoder may not mind
  std::string damage;  // why its decoder failed, when what is left is marked; "" for a sound file
  // What the encoder must know of the input's encoding:
  std::optional<JpegTraits> jpeg;
  std::optional<tiff::TiffTraits> tiff;
  container::PngHeader png;
  std::optional<ColourCodes> colour_codes;  // AVIF, HEIC: that the image's profile was made of
  std::shared_ptr<avif::AvifSource> avif;   // with its decoded planes
  bool lossless = true;                     // WebP
  std::vector<std::vector<PaletteColour>>
      frame_colours;  // GIF: of each frame, sorted; none where there are over 256
  /// Of a page, by one mark.
  struct MarkedPage {
    int page = 0;
    ColourChanges changes;
  };
  std::vector<MarkedPage> marked_pages;  // of a picture of few colours
};

}  // namespace wm
