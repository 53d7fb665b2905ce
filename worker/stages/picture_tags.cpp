#include "worker/stages/picture_tags.h"

namespace wm {
namespace {

/// Cuts what stands behind the last `separator`, and itself; gives back what stood behind.
std::optional<std::string_view> cut_behind(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view behind = text.substr(at + separator.size());
  text = text.substr(0, at);
  return behind;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

std::string exif_value(std::string_view described) {
  std::string_view rest = described;
  const auto bytes = cut_behind(rest, ", ");
  const auto components = cut_behind(rest, ", ");
  const auto type = cut_behind(rest, ", ");
  if (!type || !components->ends_with(" components") || !bytes->ends_with(" bytes)")) {
    return std::string(trimmed(described));
  }
  // Both values may have parentheses of their own. Of a text the second is the first, perhaps cut short.
  std::size_t split = rest.find(" (");
  if (split == std::string_view::npos) return std::string(trimmed(rest));
  if (*type == "ASCII") {
    for (std::size_t at = split; at != std::string_view::npos; at = rest.find(" (", at + 1)) {
      if (rest.substr(0, at).starts_with(rest.substr(at + 2))) {
        split = at;
        break;
      }
    }
    return std::string(trimmed(rest.substr(0, split)));
  }
  return std::string(trimmed(rest.substr(split + 2)));
}

std::optional<std::string> exif_tag(const vips::VImage& image, std::string_view name) {
  if (image.is_null()) return std::nullopt;  // the file has no EXIF
  // The main picture's tags, the EXIF directory, the GPS directory.
  for (const char* directory : {"exif-ifd0-", "exif-ifd2-", "exif-ifd3-"}) {
    const std::string field = directory + std::string(name);
    const char* described = nullptr;
    if (image.get_typeof(field.c_str()) == 0 ||
        vips_image_get_string(image.get_image(), field.c_str(), &described) != 0) {
      continue;
    }
    std::string value = exif_value(described);
    if (!value.empty()) return value;
  }
  return std::nullopt;
}

}  // namespace wm
