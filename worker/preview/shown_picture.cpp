#include "worker/preview/shown_picture.h"

#include "worker/stages/fit_to_format.h"

namespace wm {
namespace {

bool has_profile(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_ICC_NAME) != 0;
}

/// An unusable profile is ignored, as viewers do.
vips::VImage by_its_profile(const vips::VImage& image) {
  if (!has_profile(image)) return image;
  try {
    return image.icc_transform("srgb", vips::VImage::option()->set("embedded", true));
  } catch (const vips::VError&) {
    vips_error_clear();
    return image;
  }
}

}  // namespace

vips::VImage shown_picture(const Picture& picture, Size room) {
  vips::VImage page = picture.image.extract_area(0, 0, picture.page.width, picture.page.height);
  page = eight_bit(page, picture.layout, false).copy();
  const bool in_profile =
      picture.layout.space == ColourSpace::rgb || picture.layout.space == ColourSpace::grey;
  if (!in_profile && has_profile(page)) page.remove(VIPS_META_ICC_NAME);  // already converted by it
  // Profiles are applied to the few remaining pixels. Also turns the picture upright.
  vips::VImage shown = by_its_profile(page.thumbnail_image(
      room.width, vips::VImage::option()->set("height", room.height)->set("size", VIPS_SIZE_DOWN)));
  shown = shown.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR);
  if (shown.bands() > 4) shown = shown.extract_band(0, vips::VImage::option()->set("n", 4));
  return shown.copy_memory();
}

}  // namespace wm
