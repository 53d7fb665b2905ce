#pragma once

// A decoded picture on its way from one stage to the next.

#include <sys/stat.h>

#include <optional>
#include <string>

#include <vips/vips8>

#include "worker/format/chunk_probe.h"
#include "worker/format/picture_format.h"
#include "worker/format/tiff_probe.h"
#include "worker/jpeg/header_probe.h"
#include "worker/marks/geometry.h"
#include "worker/marks/orientation.h"
#include "worker/marks/pixel_layout.h"

namespace wm {

struct Picture {
  PictureFormat format = PictureFormat::unknown;
  struct stat file {};  // of the input
  vips::VImage image;   // whole in memory and owned by nobody else, so it may be written to
  Size page;            // stored size of one page or frame
  int pages = 1;        // they lie one below another
  Orientation orientation;
  PixelLayout layout;
  bool packed_lab = false;  // was LABQ in the file
  // What the encoder must know of the input's encoding:
  std::optional<JpegTraits> jpeg;
  std::optional<TiffTraits> tiff;
  PngTraits png;
  bool lossless = true;  // WebP
};

}  // namespace wm
