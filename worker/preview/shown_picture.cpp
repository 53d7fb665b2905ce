#include "worker/preview/shown_picture.h"

namespace wm {

vips::VImage shown_picture(const Picture& picture, Size room) {
  const vips::VImage page = picture.image.extract_area(0, 0, picture.page.width, picture.page.height);
  vips::VImage shown = page.thumbnail_image(room.width, vips::VImage::option()
                                                            ->set("height", room.height)
                                                            ->set("size", VIPS_SIZE_DOWN)
                                                            ->set("export_profile", "srgb"));
  shown = shown.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR);
  if (shown.bands() > 4) shown = shown.extract_band(0, vips::VImage::option()->set("n", 4));
  return shown.copy_memory();
}

}  // namespace wm
