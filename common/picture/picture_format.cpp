#include "common/picture/picture_format.h"

#include <algorithm>
#include <array>

namespace wm {
namespace {

using namespace std::literals;

/// ISO base media files that contain still pictures or sequences of them: the major brand follows the size
/// and "ftyp".
bool is_heif(std::string_view text) {
  constexpr std::array brands{"avif"sv, "avis"sv, "mif1"sv, "msf1"sv, "heic"sv,
                              "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv};
  return text.size() >= 12 && text.substr(4, 4) == "ftyp" &&
         std::ranges::find(brands, text.substr(8, 4)) != brands.end();
}

/// Text and web pages also contain "<svg", so the file must start with a tag.
bool is_svg(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text.starts_with('<') && text.find("<svg") != std::string_view::npos;
}

}  // namespace

PictureFormat sniff_format(std::span<const std::byte> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()),
                              std::min(head.size(), sniff_length));
  if (text.starts_with("\xff\xd8\xff"sv)) return PictureFormat::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return PictureFormat::png;
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return PictureFormat::gif;
  if (text.starts_with("RIFF"sv) && text.size() >= 12 && text.substr(8, 4) == "WEBP")
    return PictureFormat::webp;
  // Classic TIFF carries 42 after the byte order, BigTIFF 43.
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (text.starts_with(magic)) return PictureFormat::tiff;
  }
  if (is_heif(text)) return PictureFormat::heif;
  if (is_svg(text)) return PictureFormat::svg;
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
