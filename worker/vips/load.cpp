#include "worker/vips/load.h"

#include <memory>

#include "worker/vips/runtime.h"

namespace wm {
namespace {

const char* loader(PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return "jpegload_source";
    case PictureFormat::png:
      return "pngload_source";
    case PictureFormat::webp:
      return "webpload_source";
    case PictureFormat::tiff:
      return "tiffload_source";
    case PictureFormat::gif:
      return "gifload_source";
    case PictureFormat::avif:
    case PictureFormat::heif:
      return "heifload_source";
    case PictureFormat::svg:
      return "svgload_source";
    case PictureFormat::unknown:
      break;
  }
  return "";
}

}  // namespace

bool can_load(PictureFormat format) {
  if (format == PictureFormat::unknown) return false;
  if (format == PictureFormat::heif || format == PictureFormat::avif) load_heif_module();
  return vips_type_find("VipsOperation", loader(format)) != 0;
}

vips::VImage load(PictureFormat format, const vips::VSource& source, vips::VOption* options) {
  std::unique_ptr<vips::VOption> owned(options);
  if (!can_load(format)) throw vips::VError("this libvips cannot read " + std::string(name(format)));
  vips::VImage image;
  vips::VImage::call(loader(format), owned.release()->set("source", source)->set("out", &image));
  return image;
}

}  // namespace wm
