#include "worker/format/picture_format.h"

namespace wm {
namespace {

using namespace std::literals;

bool is_heif_brand(std::string_view brand) {
  return brand == "avif" || brand == "avis" || brand == "heic" || brand == "heix" || brand == "hevc" ||
         brand == "heim" || brand == "heis" || brand == "mif1" || brand == "msf1";
}

}  // namespace

PictureFormat sniff_format(std::span<const std::byte> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with("\xff\xd8\xff"sv)) return PictureFormat::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return PictureFormat::png;
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return PictureFormat::gif;
  if (text.starts_with("RIFF"sv) && text.size() >= 12 && text.substr(8, 4) == "WEBP")
    return PictureFormat::webp;
  // Classic TIFF carries 42 after the byte order, BigTIFF 43.
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (text.starts_with(magic)) return PictureFormat::tiff;
  }
  if (text.size() >= 12 && text.substr(4, 4) == "ftyp" && is_heif_brand(text.substr(8, 4))) {
    return PictureFormat::heif;
  }
  if (text.find("<svg") != std::string_view::npos) return PictureFormat::svg;
  return PictureFormat::unknown;
}

std::string_view name(PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return "JPEG";
    case PictureFormat::png:
      return "PNG";
    case PictureFormat::webp:
      return "WebP";
    case PictureFormat::tiff:
      return "TIFF";
    case PictureFormat::gif:
      return "GIF";
    case PictureFormat::avif:
      return "AVIF";
    case PictureFormat::heif:
      return "HEIC";
    case PictureFormat::svg:
      return "SVG";
    case PictureFormat::unknown:
      break;
  }
  return "unknown";
}

}  // namespace wm
