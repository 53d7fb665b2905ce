#include "worker/stages/open_picture.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/container/heif_contents.h"
#include "worker/container/png_chunks.h"
#include "worker/container/riff_chunks.h"
#include "worker/jpeg/in_place_marker.h"
#include "worker/jpeg/scan_damage.h"
#include "worker/stages/avif_picture.h"
#include "worker/stages/damaged_picture.h"
#include "worker/stages/decode_failure.h"
#include "worker/stages/decode_pixels.h"
#include "worker/stages/input_checks.h"
#include "worker/stages/memory_need.h"
#include "worker/stages/open_gif.h"
#include "worker/stages/open_pages.h"
#include "worker/stages/reduce_colours.h"
#include "worker/stages/sample_layout.h"
#include "worker/stages/tiff_samples.h"
#include "worker/vips/image_bytes.h"
#include "worker/vips/load.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

void require_loader(PictureFormat format) {
  if (can_load(format)) return;
  throw TaskFailure(FailureKind::unsupported,
                    fmt::format("is in a format this libvips cannot read ({})", name(format)));
}

PictureFormat accepted_format(const InputFile& file) {
  const PictureFormat format = sniff_format(file.head(sniff_length));
  if (format == PictureFormat::unknown || format == PictureFormat::svg) {
    throw TaskFailure(FailureKind::unsupported,
                      "is not a picture in a known format (JPEG, PNG, WebP, TIFF, GIF, AVIF)");
  }
  if (format != PictureFormat::heif) require_loader(format);
  return format;
}

/// libavif reads AVIF, libvips other HEIF files. A sequence of the latter would become a still.
PictureFormat accepted_heif(std::span<const std::byte> file) {
  const HeifContents contents = read_heif_contents(file);
  if (is_avif(contents)) return PictureFormat::avif;
  require_loader(PictureFormat::heif);
  const std::uint64_t frames = frames_shown(contents);
  if (frames > 1) {
    throw TaskFailure(FailureKind::unsupported,
                      fmt::format("is a sequence of {} pictures, which libheif cannot read; take them out as "
                                  "single pictures, or convert the file to AVIF",
                                  frames));
  }
  return PictureFormat::heif;
}

void check_memory(const vips::VImage& image) {
  // A small file can unfold to many frames; allocating more than the machine has would invoke the OOM killer.
  const std::uint64_t needed = image_bytes(image);
  const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (needed > machine) {
    throw TaskFailure(
        FailureKind::out_of_memory,
        fmt::format("needs {} MB when decoded, more than this machine's {} MB", needed >> 20, machine >> 20));
  }
}

void probe_encoding(Picture& picture) {
  const std::span<const std::byte> file = picture.input.bytes();
  switch (picture.format) {
    case PictureFormat::jpeg:
      picture.jpeg = probe_jpeg_header(file);
      break;
    case PictureFormat::tiff:
      picture.tiff = tiff::read_traits(file);
      break;
    case PictureFormat::webp:
      picture.lossless = container::webp_is_lossless(file);
      break;
    case PictureFormat::png:
      picture.png = container::read_png_header(file).value_or(picture.png);
      break;
    default:
      break;
  }
}

/// Whether the file begins like Apple's variant of PNG: a different order of colours, and deflate without a
/// header.
bool is_cgbi(const Picture& picture) {
  std::size_t at = container::png_signature.size();
  const auto first = picture.format == PictureFormat::png
                         ? container::next_png_chunk(picture.input.bytes(), at)
                         : std::nullopt;
  return first && first->is("CgBI") && container::has_right_crc(*first);
}

/// Runs before libvips, which would fail without naming the cause, or read something else.
void check_kind(const Picture& picture) {
  if (is_cgbi(picture)) {
    throw TaskFailure(
        FailureKind::unsupported,
        "is Apple's CgBI variant of PNG, which other programs do not read; on a Mac, 'xcrun -sdk iphoneos "
        "pngcrush -revert-iphone-optimizations IN OUT' makes a PNG of it");
  }
  if (!picture.tiff) return;
  const std::string kind = tiff::unsupported_kind(*picture.tiff);
  if (kind.empty()) return;
  throw TaskFailure(FailureKind::unsupported,
                    fmt::format("is of a kind that libvips does not read ({})", kind));
}

/// Whether the header of a JPEG contains everything that marking in place needs: size, sampling and tables
/// are enough without EXIF and a profile. Asking libvips as well would cost a tenth of a small picture's
/// time.
bool is_plain_jpeg(const Picture& picture) {
  if (picture.format != PictureFormat::jpeg || !picture.jpeg) return false;
  const jpeg::Examination examined = jpeg::examine(picture.input.bytes());
  const auto* const candidate = std::get_if<jpeg::Candidate>(&examined);
  if (candidate == nullptr) return false;
  const auto& segments = candidate->header.segments;
  return std::none_of(segments.begin(), segments.end(), [](const jpeg::Segment& segment) {
    return segment.marker > jpeg::marker::app0 && segment.marker < jpeg::marker::app14;
  });
}

std::vector<std::string> warnings() {
  std::vector<std::string> texts;
  for (VipsMessage& message : vips_messages()) texts.push_back(std::move(message.text));
  return texts;
}

/// Runs `step`, which reads `picture`. Turns a decoder's complaint into a TaskFailure that names the cause.
template <class Step>
void reading(const Picture& picture, const Step& step) {
  vips_error_clear();  // leftovers of an earlier step or picture are not the cause
  try {
    step();
  } catch (const vips::VError& error) {
    const Failure failure = decode_failure(picture.format, picture.input.bytes(),
                                           {.errors = error.what(), .warnings = warnings()});
    throw TaskFailure(failure.kind, failure.message);
  }
}

/// Adds facts that libvips does not provide: colours, and the coding of a picture that libavif does not read,
/// such as one composed of several.
void note_heif_coding(Picture& picture) {
  const HeifContents contents = read_heif_contents(picture.input.bytes());
  const HeifItem* const item = contents.coded_primary();
  if (item != nullptr && item->colour) {
    picture.image = picture.image.copy();  // metadata may only be changed in a copy
    add_profile_of_codes(picture, *item->colour);
  }
  constexpr const char* coding = "heif-compression";
  if (picture.image.get_typeof(coding) == 0) return;
  if (std::string_view(picture.image.get_string(coding)) == "av1") picture.format = PictureFormat::avif;
}

/// Fills in the header as reported by libvips.
void read_header(Picture& picture, Tolerance tolerance, std::uint64_t most_pages) {
  if (picture.format == PictureFormat::avif) return open_avif(picture, most_pages);
  reading(picture, [&] {
    const vips::VImage image = open_pages(picture.input.bytes(), picture.format, tolerance, picture.losses);
    const int page_height = vips_image_get_page_height(image.get_image());
    picture.page = {image.width(), page_height};
    picture.pages = image.height() / page_height;
    picture.orientation = Orientation(vips_image_get_orientation(image.get_image()));
    picture.image = image;
  });
  if (picture.format == PictureFormat::heif) note_heif_coding(picture);
}

/// The frames of a sound GIF.
vips::VImage sound_gif(const Picture& picture) {
  GifPixels pixels = gif_pixels(picture.input.bytes(), picture.image);
  if (pixels.failure.empty()) return pixels.image;
  throw TaskFailure(FailureKind::corrupt, pixels.failure);
}

/// Opens the readable part of a picture that is damaged according to `why`. Throws `why` when nothing is
/// readable.
void open_what_is_left(Picture& picture, const TaskFailure& why, std::uint64_t most_pixels,
                       MemoryGrants& memory) {
  if (picture.format == PictureFormat::avif) throw why;  // the decoder recovers no parts
  picture.image = {};                                    // it reads from the bytes
  picture.losses.clear();
  picture.damage = why.what();
  repair_bytes(picture, most_pixels, memory);
  try {
    read_header(picture, Tolerance::of_damage, UINT64_MAX);
  } catch (const TaskFailure&) {
    throw why;
  }
}

/// Runs `step`. If it finds damage, and damaged pictures are to be marked, opens the readable part.
template <class Step>
void or_what_is_left(Picture& picture, DamagedPictures damaged, std::uint64_t most_pixels,
                     MemoryGrants& memory, const Step& step) {
  try {
    step();
  } catch (const TaskFailure& failure) {
    if (damaged == DamagedPictures::fail || failure.kind() != FailureKind::corrupt) throw;
    open_what_is_left(picture, failure, most_pixels, memory);
  }
}

bool is_heif_by_libvips(const Picture& picture) {
  return picture.avif == nullptr &&
         (picture.format == PictureFormat::heif || picture.format == PictureFormat::avif);
}

/// Replaces the header's image by one in memory, on which the marks are drawn, using `decode`.
template <class Decode>
void read_pixels(Picture& picture, const Decode& decode) {
  const vips::VImage loader = picture.image;  // lends its metadata
  reading(picture, decode);
  if (is_heif_by_libvips(picture)) own_heif_metadata(loader, picture.image);
}

std::uint64_t pixel_count(const Picture& picture) {
  return static_cast<std::uint64_t>(picture.page.width) * static_cast<std::uint64_t>(picture.page.height) *
         static_cast<std::uint64_t>(picture.pages);
}

void mend_lab_alpha(const Picture& picture) {
  const vips::VImage& image = picture.image;
  if (picture.format != PictureFormat::tiff || image.interpretation() != VIPS_INTERPRETATION_LABS) return;
  auto* const samples = static_cast<std::int16_t*>(const_cast<void*>(image.data()));  // the picture's own
  unsign_lab_alpha({samples, image_bytes(image) / sizeof(std::int16_t)}, image.bands());
}

void unpack_lab(Picture& picture) {
  if (picture.image.get_image()->Coding != VIPS_CODING_LABQ) return;
  picture.packed_lab = true;
  picture.image = picture.image.LabQ2LabS();
}

void log_picture(const Picture& picture, Logger& log) {
  if (!log.enabled(LogLevel::debug)) return;
  std::string text =
      fmt::format("decode: {} {}x{}", name(picture.format), picture.page.width, picture.page.height);
  if (!picture.image.is_null()) {
    text += fmt::format(", {} bands {}, {}", picture.image.bands(),
                        vips_enum_nick(VIPS_TYPE_BAND_FORMAT, picture.image.format()),
                        vips_enum_nick(VIPS_TYPE_INTERPRETATION, picture.image.interpretation()));
  }
  if (picture.pages > 1) text += fmt::format(", {} pages", picture.pages);
  if (picture.orientation.value() != 1) text += fmt::format(", orientation {}", picture.orientation.value());
  if (picture.jpeg) {
    text += fmt::format(", quality {}{}, {}{}", picture.jpeg->exact_quality ? "" : "about ",
                        picture.jpeg->quality, picture.jpeg->sampling,
                        picture.jpeg->progressive ? ", progressive" : "");
  }
  log.log(LogLevel::debug, text);
}

}  // namespace

Picture open_header(const std::string& path, const InputLimits& limits, DamagedPictures damaged,
                    MemoryGrants& memory, Logger& log, const FileStamp& found) {
  Picture picture;
  picture.input = InputFile::open(path, found);
  picture.format = accepted_format(picture.input);
  check_file_size(picture.input, limits);
  memory.require(need_of_file(static_cast<std::uint64_t>(picture.input.status().st_size)));
  picture.input.read();
  check_structure(picture.input.bytes(), picture.format, limits);
  if (picture.format == PictureFormat::heif) picture.format = accepted_heif(picture.input.bytes());
  probe_encoding(picture);
  check_kind(picture);
  if (is_plain_jpeg(picture)) {
    picture.page = {picture.jpeg->width, picture.jpeg->height};
    log_picture(picture, log);
    return picture;
  }
  or_what_is_left(picture, damaged, limits.pixels, memory,
                  [&] { read_header(picture, Tolerance::none, limits.pages); });
  check_pixels(picture.format, static_cast<std::uint64_t>(picture.page.width),
               static_cast<std::uint64_t>(picture.page.height), static_cast<std::uint64_t>(picture.pages),
               limits);
  check_samples(picture.image);
  log_picture(picture, log);
  return picture;
}

void complete_header(Picture& picture, DamagedPictures damaged, MemoryGrants& memory) {
  if (!picture.image.is_null()) return;
  or_what_is_left(picture, damaged, pixel_count(picture), memory,
                  [&] { read_header(picture, Tolerance::none, UINT64_MAX); });
}

void decode(Picture& picture, DamagedPictures damaged, MemoryGrants& memory) {
  complete_header(picture, damaged, memory);
  check_memory(picture.image);
  if (picture.damage.empty()) {
    or_what_is_left(picture, damaged, pixel_count(picture), memory, [&] {
      if (picture.avif != nullptr) return decode_avif(picture);
      unpack_lab(picture);
      read_pixels(picture, [&] {
        picture.image =
            picture.format == PictureFormat::gif ? sound_gif(picture) : decode_pixels(picture.image);
      });
      // libjpeg continues after most damage, and libvips reports that only in its error buffer.
      const bool warned = *vips_error_buffer() != 0 || picture.suspicious;
      if (picture.format == PictureFormat::jpeg && warned) check_scans(picture);
    });
  }
  if (!picture.damage.empty()) {
    unpack_lab(picture);
    read_pixels(picture, [&] { decode_what_is_left(picture); });
  }
  mend_lab_alpha(picture);
  picture.layout = layout_of(picture.image);
  if (picture.format == PictureFormat::gif) picture.frame_colours = frame_colours(picture);
}

void check_scans(const Picture& picture) {
  vips_error_clear();
  if (const auto damage = jpeg::scan_damage(picture.input.bytes())) {
    const Failure failure =
        decode_failure(picture.format, picture.input.bytes(), {.errors = damage->text, .warnings = {}});
    throw TaskFailure(failure.kind, failure.message);
  }
}

Picture open_picture(const std::string& path, const InputLimits& limits, DamagedPictures damaged,
                     Logger& log) {
  Picture picture = open_header(path, limits, damaged, unlimited_memory(), log);
  decode(picture, damaged, unlimited_memory());
  return picture;
}

}  // namespace wm
