#include "worker/stages/open_pages.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "worker/stages/open_gif.h"
#include "worker/vips/load.h"

namespace wm {
namespace {

constexpr int all_pages = -1;

/// How to open one file.
struct Opening {
  std::span<const std::byte> bytes;
  PictureFormat format;
  Tolerance tolerance;
};

VipsFailOn fail_on(const Opening& file) {
  if (file.tolerance == Tolerance::of_damage) return VIPS_FAIL_ON_NONE;
  return VIPS_FAIL_ON_TRUNCATED;  // warnings concern harmless faults
}

vips::VImage open(const Opening& file, int pages) {
  const auto source = vips::VSource::new_from_memory(file.bytes.data(), file.bytes.size());
  auto* options =
      vips::VImage::option()->set("fail_on", fail_on(file))->set("access", VIPS_ACCESS_SEQUENTIAL);
  if (pages != 1) options->set("n", pages);
  // libvips gives up on a JPEG after a hundred warnings.
  if (file.tolerance == Tolerance::of_damage && file.format == PictureFormat::jpeg) {
    options->set("unlimited", true);
  }
  return load(file.format, source, options);
}

/// `image` as if it were the only page of its file.
vips::VImage alone(const vips::VImage& image) {
  vips::VImage only = image.copy();  // metadata may only be changed in a copy
  only.remove(VIPS_META_N_PAGES);
  return only;
}

vips::VImage open_tiff(const Opening& file, std::vector<std::string>& losses) {
  try {
    return open(file, all_pages);
  } catch (const vips::VError& error) {
    // A TIFF may hold pages of several kinds (a thumbnail, say); libvips writes pages of one kind only.
    const bool differ = std::string_view(error.what()).find("differs from page") != std::string_view::npos;
    if (!differ && file.tolerance == Tolerance::none) throw;
  }
  vips_error_clear();
  const vips::VImage first = open(file, 1);
  losses.push_back(fmt::format("pages after the first that differ in size or kind of pixels: {}",
                               vips_image_get_n_pages(first.get_image()) - 1));
  return alone(first);
}

/// Without a page number, libvips opens the primary picture, which every viewer shows.
vips::VImage open_heif(const Opening& file, std::vector<std::string>& losses) {
  const vips::VImage primary = open(file, 1);
  if (vips_image_get_n_pages(primary.get_image()) == 1) return primary;
  if (std::string note = note_of_other_pictures(read_heif_contents(file.bytes)); !note.empty()) {
    losses.push_back(std::move(note));
  }
  return alone(primary);
}

}  // namespace

vips::VImage open_pages(std::span<const std::byte> bytes, PictureFormat format, Tolerance tolerance,
                        std::vector<std::string>& losses) {
  const Opening file{.bytes = bytes, .format = format, .tolerance = tolerance};
  switch (format) {
    case PictureFormat::tiff:
      return open_tiff(file, losses);
    case PictureFormat::avif:
    case PictureFormat::heif:
      return open_heif(file, losses);
    case PictureFormat::gif:
      return gif_header(bytes);
    case PictureFormat::jpeg:
    case PictureFormat::png:
      return open(file, 1);
    default:
      return open(file, all_pages);
  }
}

std::string note_of_other_pictures(const HeifContents& contents) {
  constexpr std::size_t most_named = 4;
  const auto others = other_pictures(contents);
  if (others.empty()) return {};
  std::string sizes;
  for (std::size_t i = 0; i < std::min(others.size(), most_named); ++i) {
    sizes += fmt::format("{}{} x {}", i == 0 ? "" : ", ", others[i]->width, others[i]->height);
  }
  return fmt::format("pictures of the file besides its primary one: {} ({}{})", others.size(), sizes,
                     others.size() > most_named ? ", ..." : "");
}

void own_heif_metadata(const vips::VImage& from, vips::VImage& to) {
  const auto own = [&](const char* source, const char* target) {
    if (from.get_typeof(source) != VIPS_TYPE_BLOB) return;
    std::size_t size = 0;
    const void* data = from.get_blob(source, &size);
    vips_image_set_blob_copy(to.get_image(), target, data, size);
  };
  own(VIPS_META_EXIF_NAME, VIPS_META_EXIF_NAME);
  own(VIPS_META_ICC_NAME, VIPS_META_ICC_NAME);
  own(VIPS_META_XMP_NAME, VIPS_META_XMP_NAME);
  // This libvips names XMP only by its kind of item and number.
  constexpr int max_items = 8;
  for (int item = 0; item < max_items && to.get_typeof(VIPS_META_XMP_NAME) == 0; ++item) {
    own(fmt::format("heif-mime-{}", item).c_str(), VIPS_META_XMP_NAME);
  }
}

}  // namespace wm
