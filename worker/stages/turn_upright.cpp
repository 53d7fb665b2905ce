#include "worker/stages/turn_upright.h"

#include <vector>

namespace wm {
namespace {

vips::VImage turned(const vips::VImage& page, int orientation) {
  switch (orientation) {
    case 2:
      return page.flip(VIPS_DIRECTION_HORIZONTAL);
    case 3:
      return page.rot(VIPS_ANGLE_D180);
    case 4:
      return page.flip(VIPS_DIRECTION_VERTICAL);
    case 5:
      return page.rot(VIPS_ANGLE_D90).flip(VIPS_DIRECTION_HORIZONTAL);
    case 6:
      return page.rot(VIPS_ANGLE_D90);
    case 7:
      return page.rot(VIPS_ANGLE_D270).flip(VIPS_DIRECTION_HORIZONTAL);
    case 8:
      return page.rot(VIPS_ANGLE_D270);
    default:
      return page;
  }
}

}  // namespace

PictureFormat output_format(PictureFormat input, OutputFormat wanted) {
  switch (wanted) {
    case OutputFormat::jpeg:
      return PictureFormat::jpeg;
    case OutputFormat::png:
      return PictureFormat::png;
    case OutputFormat::webp:
      return PictureFormat::webp;
    case OutputFormat::tiff:
      return PictureFormat::tiff;
    case OutputFormat::avif:
      return PictureFormat::avif;
    case OutputFormat::keep:
      break;
  }
  return input;
}

bool must_be_upright(const Picture& picture, const Encoding& encoding) {
  if (picture.orientation.value() == 1) return false;
  const PictureFormat output = output_format(picture.format, encoding.format);
  const auto turns_by_boxes = [](PictureFormat format) {
    return format == PictureFormat::avif || format == PictureFormat::heif;
  };
  const bool stays_avif = picture.format == PictureFormat::avif && output == PictureFormat::avif;
  return encoding.autorotate || (!stays_avif && (turns_by_boxes(picture.format) || turns_by_boxes(output)));
}

void turn_upright(Picture& picture) {
  std::vector<vips::VImage> pages;
  for (int page = 0; page < picture.pages; ++page) {
    const vips::VImage stored =
        picture.image.extract_area(0, page * picture.page.height, picture.page.width, picture.page.height);
    pages.push_back(turned(stored, picture.orientation.value()));
  }
  vips::VImage strip = vips::VImage::arrayjoin(pages, vips::VImage::option()->set("across", 1));
  strip = strip.copy();  // metadata may only be changed in a copy
  picture.page = picture.orientation.other_size(picture.page);
  if (picture.pages > 1) strip.set(VIPS_META_PAGE_HEIGHT, picture.page.height);
  strip.remove(VIPS_META_ORIENTATION);
  picture.image = strip.copy_memory();
  picture.sides_swapped = picture.orientation.swaps_sides();
  picture.orientation = Orientation(1);
  picture.upright = true;
}

}  // namespace wm
