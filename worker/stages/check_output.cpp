#include "worker/stages/check_output.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/soundness/sound_file.h"
#include "worker/stages/open_output.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

using soundness::Facts;

[[noreturn]] void refuse(PictureFormat format, const std::string& reason) {
  throw TaskFailure(FailureKind::write_error,
                    fmt::format("the encoder wrote an unsound {} file: {}", name(format), reason));
}

bool is_animation(const Coded& coded) {
  const bool can_be = coded.format == PictureFormat::webp || coded.format == PictureFormat::gif;
  return can_be && coded.pages > 1;
}

std::uint64_t duration_ms(const Coded& coded) {
  if (!is_animation(coded) || coded.image.get_typeof("delay") == 0) return 0;
  std::uint64_t total = 0;
  const std::vector<int> delays = coded.image.get_array_int("delay");
  for (std::size_t i = 0; i < delays.size() && i < static_cast<std::size_t>(coded.pages); ++i) {
    const int delay = std::max(delays[i], 0);
    // GIF counts in hundredths of a second, with 16 bits.
    constexpr int longest = 655350;
    total += coded.format == PictureFormat::gif
                 ? static_cast<std::uint64_t>((std::min(delay, longest) + 5) / 10) * 10
                 : static_cast<std::uint64_t>(delay);
  }
  return total;
}

/// Samples a pixel in the file; 0 where the encoder decides that, or the file does not record it.
std::uint32_t channels(const Coded& coded) {
  if (coded.format == PictureFormat::webp || coded.format == PictureFormat::gif) return 0;
  if (coded.image.get_image()->Coding == VIPS_CODING_LABQ) return 3;
  return static_cast<std::uint32_t>(coded.image.bands());
}

std::uint32_t bits(const Coded& coded) {
  if (coded.bits != 0) return static_cast<std::uint32_t>(coded.bits);
  if (coded.image.get_image()->Coding == VIPS_CODING_LABQ) return 8;
  return static_cast<std::uint32_t>(8 * vips_format_sizeof(coded.image.format()));
}

Facts examine(std::span<const std::byte> file, PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return soundness::examine_jpeg(file);
    case PictureFormat::png:
      return soundness::examine_png(file);
    case PictureFormat::gif:
      return soundness::examine_gif(file);
    case PictureFormat::webp:
      return soundness::examine_webp(file);
    case PictureFormat::heif:
    case PictureFormat::avif:
      return soundness::examine_heif(file);
    default:
      return soundness::examine_tiff(file);
  }
}

bool is_opaque(const vips::VImage& image) {
  const double opaque = image.format() == VIPS_FORMAT_USHORT ? 65535 : 255;
  return image.extract_band(image.bands() - 1).min() >= opaque;
}

void compare(const Facts& found, const Coded& coded) {
  const auto differs = [&](const char* what, auto is, auto meant) {
    refuse(coded.format, fmt::format("it has {} {} instead of {}", is, what, meant));
  };
  const auto width = static_cast<std::uint32_t>(coded.image.width());
  const auto pages = static_cast<std::uint32_t>(coded.pages);
  const auto height = static_cast<std::uint32_t>(coded.image.height()) / pages;
  if (found.width != width || found.height != height) {
    refuse(coded.format,
           fmt::format("it has {} x {} pixels instead of {} x {}", found.width, found.height, width, height));
  }
  // An encoder may merge equal consecutive frames into one that is shown longer.
  const bool merges = coded.format == PictureFormat::webp;
  if (merges ? found.pages > pages : found.pages != pages) differs("pages or frames", found.pages, pages);
  if (const std::uint64_t duration = duration_ms(coded); duration != 0 && found.duration_ms != duration) {
    differs("ms of animation", found.duration_ms, duration);
  }
  if (found.channels != 0 && channels(coded) != 0 && found.channels != channels(coded)) {
    differs("channels", found.channels, channels(coded));
  }
  const bool has_depth = coded.format != PictureFormat::gif && coded.format != PictureFormat::webp;
  // For HEIC, the picture reports 16 where the file has 10 or 12.
  const bool same_depth =
      coded.format == PictureFormat::heif ? (found.bits > 8) == (bits(coded) > 8) : found.bits == bits(coded);
  if (has_depth && !same_depth) differs("bits a sample", found.bits, bits(coded));
  const bool tells_alpha = coded.format == PictureFormat::webp || coded.format == PictureFormat::heif;
  if (tells_alpha && coded.image.has_alpha() && !found.has_alpha && !is_opaque(coded.image)) {
    refuse(coded.format, "it has no transparency");
  }
}

}  // namespace

void check_output(std::span<const std::byte> file, const Coded& coded) {
  try {
    const Facts facts = examine(file, coded.format);
    if (coded.format == PictureFormat::avif) return;  // check_saved_avif() has compared it
    compare(facts, coded);
  } catch (const soundness::Unsound& fault) {
    refuse(coded.format, fault.what());
  }
  try {
    const vips::VImage header = open_output(file, coded.format);
    if (header.width() != coded.image.width()) refuse(coded.format, "its reader finds another size");
  } catch (const vips::VError& error) {
    vips_error_clear();
    refuse(coded.format, failure_text(error.what()));
  }
}

}  // namespace wm
