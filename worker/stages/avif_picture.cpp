#include "worker/stages/avif_picture.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/avif/avif_source.h"
#include "worker/avif/avif_writer.h"
#include "worker/avif/check_avif.h"
#include "worker/avif/cicp_profile.h"
#include "worker/container/jpeg_segments.h"
#include "worker/stages/icc_profile.h"
#include "worker/stages/open_pages.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

using avif::AvifHeader;

constexpr int default_avif_quality = 60;
// Takes a third of the time of speed 5 for the same size and nearly the same error; 7 is another third
// faster, with a tenth more error.
constexpr int default_speed = 6;
// At higher qualities, viewers notice the colours of single pixels.
constexpr int full_colour_quality = 90;

TaskFailure reading_failure(const avif::AvifError& error) {
  switch (error.problem()) {
    case avif::AvifProblem::truncated:
      return {FailureKind::corrupt, fmt::format("is truncated or damaged ({})", error.what())};
    case avif::AvifProblem::unsupported:
      return {FailureKind::unsupported,
              fmt::format("is of a kind that libavif does not read ({})", error.what())};
    case avif::AvifProblem::too_large:
      return {FailureKind::too_large,
              fmt::format("is larger than the AVIF decoder allows ({})", error.what())};
    case avif::AvifProblem::out_of_memory:
      return {FailureKind::out_of_memory, "not enough memory for this picture"};
    default:
      return {FailureKind::corrupt, fmt::format("is damaged ({})", error.what())};
  }
}

template <class Step>
auto reading(const Step& step) {
  try {
    return step();
  } catch (const avif::AvifError& error) {
    throw reading_failure(error);
  }
}

void set_bytes(vips::VImage& image, const char* field, std::span<const std::byte> bytes) {
  if (!bytes.empty()) vips_image_set_blob_copy(image.get_image(), field, bytes.data(), bytes.size());
}

/// In milliseconds, as in libvips.
std::vector<int> delays_of(const avif::Timing& timing) {
  std::vector<int> delays;
  for (const std::uint64_t duration : timing.durations) {
    const double seconds =
        static_cast<double>(duration) / static_cast<double>(std::max<std::uint64_t>(timing.timescale, 1));
    delays.push_back(static_cast<int>(std::min(seconds * 1000 + 0.5, 1e9)));
  }
  return delays;
}

VipsInterpretation interpretation_of(const AvifHeader& header) {
  const bool grey = header.bands < 3;
  if (header.sample_bytes == 1) return grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  return grey ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
}

void note_what_is_not_read(const AvifHeader& header, const HeifContents& contents,
                           std::vector<std::string>& losses) {
  if (header.layered) losses.emplace_back("layers of a progressive picture before the last one");
  if (std::string note = note_of_other_pictures(contents); !note.empty()) losses.push_back(std::move(note));
}

/// Describes all frames; its pixels can be reserved later.
vips::VImage image_of(const AvifHeader& header) {
  vips::VImage image = vips::VImage::new_memory();
  vips_image_init_fields(image.get_image(), header.width, header.height * header.frames, header.bands,
                         header.sample_bytes == 1 ? VIPS_FORMAT_UCHAR : VIPS_FORMAT_USHORT, VIPS_CODING_NONE,
                         interpretation_of(header), 1, 1);
  if (header.frames > 1) {
    image.set(VIPS_META_PAGE_HEIGHT, header.height);
    image.set(VIPS_META_N_PAGES, header.frames);
    image.set("delay", delays_of(header.timing));
    const bool ends = header.timing.repetition.kind == Repetition::Kind::times;
    image.set("loop",
              ends ? static_cast<int>(std::min<std::uint64_t>(header.timing.repetition.times, 65535)) : 0);
  }
  return image;
}

std::span<std::byte> reserve_pixels(vips::VImage& image) {
  if (vips_image_write_prepare(image.get_image()) != 0) throw std::bad_alloc();
  return {static_cast<std::byte*>(const_cast<void*>(image.data())),
          static_cast<std::size_t>(image_bytes(image))};
}

std::span<const std::byte> samples_of(const vips::VImage& image) {
  return {static_cast<const std::byte*>(image.data()), static_cast<std::size_t>(image_bytes(image))};
}

int depth_of(const Picture& picture, const vips::VImage& image) {
  if (picture.avif != nullptr) return picture.avif->header().depth;
  if (image.format() == VIPS_FORMAT_UCHAR) return 8;
  // A HEIC records its depth.
  const int depth =
      picture.image.get_typeof("heif-bitdepth") != 0 ? picture.image.get_int("heif-bitdepth") : 12;
  return depth == 10 ? 10 : 12;
}

avif::Chroma chroma_of(const Picture& picture, const Encoding& encoding) {
  switch (encoding.subsampling) {
    case Subsampling::s444:
      return avif::Chroma::s444;
    case Subsampling::s422:
      return avif::Chroma::s422;
    case Subsampling::s420:
      return avif::Chroma::s420;
    case Subsampling::keep:
      break;
  }
  if (picture.avif != nullptr) return picture.avif->header().chroma;
  return avif_quality(encoding) >= full_colour_quality ? avif::Chroma::s444 : avif::Chroma::s420;
}

/// Whether the picture's own planes are written, including the changes by the marks.
bool keeps_planes(const Picture& picture, const Encoding& encoding) {
  return picture.avif != nullptr && !picture.upright &&
         chroma_of(picture, encoding) == picture.avif->header().chroma;
}

/// sRGB unless a profile defines the colours.
ColourCodes colour_of(const Picture& picture, const vips::VImage& image) {
  constexpr int bt709 = 1, srgb = 13, bt601 = 6, unspecified = 2;
  if (picture.avif != nullptr) return picture.avif->header().colour;
  if (picture.colour_codes) {
    return {.primaries = picture.colour_codes->primaries,
            .transfer = picture.colour_codes->transfer,
            .matrix = bt601};
  }
  const bool profile = !icc_profile(image).empty();
  return {
      .primaries = profile ? unspecified : bt709, .transfer = profile ? unspecified : srgb, .matrix = bt601};
}

/// For frames that do not come from an AVIF, from libvips' fields.
avif::Timing timing_of(const Picture& picture) {
  if (picture.avif != nullptr) return picture.avif->header().timing;
  constexpr int usual_delay = 100;
  avif::Timing timing{.timescale = 1000, .durations = {}, .keyframes = {}, .repetition = {}};
  std::vector<int> delays;
  if (picture.image.get_typeof("delay") != 0) delays = picture.image.get_array_int("delay");
  for (std::size_t i = 0; i < static_cast<std::size_t>(picture.pages); ++i) {
    timing.durations.push_back(
        static_cast<std::uint64_t>(std::max(1, i < delays.size() ? delays[i] : usual_delay)));
    timing.keyframes.push_back(i == 0);
  }
  const int loops = picture.image.get_typeof("loop") != 0 ? picture.image.get_int("loop") : 0;
  timing.repetition =
      loops > 0 ? Repetition{.kind = Repetition::Kind::times, .times = static_cast<std::uint64_t>(loops)}
                : Repetition{.kind = Repetition::Kind::endless, .times = 0};
  return timing;
}

/// Without the profile that open_avif() made from colour codes; the codes themselves are kept.
std::span<const std::byte> own_profile(const Picture& picture, const vips::VImage& image) {
  return picture.colour_codes ? std::span<const std::byte>() : icc_profile(image);
}

avif::NewAvif new_avif(const Picture& picture, const vips::VImage& image, const Encoding& encoding) {
  avif::NewAvif result{.width = picture.page.width,
                       .height = picture.page.height,
                       .frames = picture.pages,
                       .bands = image.bands(),
                       .sample_bytes = image.format() == VIPS_FORMAT_UCHAR ? 1 : 2,
                       .samples = samples_of(image),
                       .depth = depth_of(picture, image),
                       .chroma = chroma_of(picture, encoding),
                       .icc = own_profile(picture, image),
                       .colour = colour_of(picture, image)};
  if (picture.avif != nullptr) {
    result.premultiplied = picture.avif->header().premultiplied;
    result.pixel_aspect = picture.avif->header().pixel_aspect;
    constexpr int identity = 0, bt601 = 6;  // matrices; RGB itself cannot be subsampled
    if (result.colour.matrix == identity && result.chroma != avif::Chroma::s444) result.colour.matrix = bt601;
    result.orientation = picture.orientation.value();
    if (picture.sides_swapped) std::swap(result.pixel_aspect.width, result.pixel_aspect.height);
  }
  if (picture.pages > 1) result.timing = timing_of(picture);
  return result;
}

}  // namespace

void open_avif(Picture& picture, std::uint64_t most_frames) {
  const auto file = picture.input.bytes();
  const HeifContents contents = read_heif_contents(file);
  reading([&] { picture.avif = std::make_shared<avif::AvifSource>(file, contents, most_frames); });
  const AvifHeader& header = picture.avif->header();
  note_what_is_not_read(header, contents, picture.losses);
  picture.page = {header.width, header.height};
  picture.pages = header.frames;
  picture.orientation = Orientation(header.orientation);
  picture.image = image_of(header);
  if (header.orientation != 1) picture.image.set(VIPS_META_ORIENTATION, header.orientation);
  set_bytes(picture.image, VIPS_META_EXIF_NAME, picture.avif->exif());
  set_bytes(picture.image, VIPS_META_XMP_NAME, picture.avif->xmp());
  set_bytes(picture.image, VIPS_META_ICC_NAME, picture.avif->icc());
  add_profile_of_codes(picture, header.colour);
}

void add_profile_of_codes(Picture& picture, const ColourCodes& colour) {
  if (!icc_profile(picture.image).empty()) return;
  picture.colour_codes = colour;
  const std::vector<std::byte> profile = avif::profile_of(colour, picture.image.bands() < 3);
  set_bytes(picture.image, VIPS_META_ICC_NAME, profile);
}

void decode_avif(Picture& picture) {
  const std::span<std::byte> samples = reserve_pixels(picture.image);
  reading([&] { picture.avif->decode(samples); });
}

vips::VImage decoded_avif(std::span<const std::byte> file) {
  avif::AvifSource source(file, read_heif_contents(file), UINT32_MAX);
  vips::VImage image = image_of(source.header());
  source.decode(reserve_pixels(image));
  return image;
}

int avif_quality(const Encoding& encoding) {
  return encoding.quality.value_or(default_avif_quality);
}

std::vector<std::byte> save_avif(const Picture& picture, const vips::VImage& image, const Encoding& encoding,
                                 const metadata::EncoderBlocks& blocks, std::vector<std::string>& notes) {
  std::span<const std::byte> exif = blocks.exif;
  if (!exif.empty()) exif = exif.subspan(std::min(exif.size(), container::exif_signature.size()));
  if (!exif.empty() && !avif::is_exif(exif)) {
    notes.emplace_back("an EXIF block that is none");
    exif = {};
  }
  const avif::AvifEncoding options{.quality = avif_quality(encoding),
                                   .speed = encoding.avif_speed.value_or(default_speed),
                                   .exif = exif,
                                   .xmp = blocks.xmp};
  const vips::VImage memory = image.copy_memory();
  try {
    if (keeps_planes(picture, encoding)) {
      return avif::encode_marked(*picture.avif, samples_of(memory), options);
    }
    if (picture.avif != nullptr && picture.avif->header().is_cropped) {
      notes.emplace_back("pixels outside of the clean aperture, which nobody sees");
    }
    return avif::encode_new(new_avif(picture, memory, encoding), options);
  } catch (const avif::AvifError& error) {
    throw TaskFailure(FailureKind::unsupported,
                      fmt::format("the result cannot be encoded ({})", error.what()));
  }
}

void check_saved_avif(std::span<const std::byte> file, const Picture& picture, const vips::VImage& image) {
  const std::string fault = avif::fault_of_avif(file, {.width = picture.page.width,
                                                       .height = picture.page.height,
                                                       .depth = depth_of(picture, image),
                                                       .alpha = image.has_alpha(),
                                                       .grey = image.bands() < 3,
                                                       .frames = picture.pages});
  if (fault.empty()) return;
  throw TaskFailure(FailureKind::write_error,
                    "the encoder wrote a file that is not as it was meant: " + fault);
}

}  // namespace wm
