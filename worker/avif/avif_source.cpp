#include "worker/avif/avif_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "worker/avif/libavif.h"
#include "worker/avif/planes.h"

namespace wm::avif {
namespace {

std::span<const std::byte> bytes_of(const avifRWData& data) {
  return {reinterpret_cast<const std::byte*>(data.data), data.size};
}

Chroma chroma_of(avifPixelFormat format) {
  switch (format) {
    case AVIF_PIXEL_FORMAT_YUV444:
      return Chroma::s444;
    case AVIF_PIXEL_FORMAT_YUV422:
      return Chroma::s422;
    case AVIF_PIXEL_FORMAT_YUV400:
      return Chroma::grey;
    default:
      return Chroma::s420;
  }
}

/// Rotation precedes mirroring: ISO/IEC 23000-22 (MIAF) section 7.3.6.7. The columns are: no mirror, top to
/// bottom, left to right.
int orientation_of(const avifImage& image) {
  static constexpr std::array<std::array<int, 3>, 4> values{{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}};
  const bool turns = (image.transformFlags & AVIF_TRANSFORM_IROT) != 0;
  const bool mirrors = (image.transformFlags & AVIF_TRANSFORM_IMIR) != 0;
  const std::size_t mirror = !mirrors ? 0 : image.imir.mode == 0 ? 1 : 2;
  return values[turns ? image.irot.angle & 3U : 0U][mirror];
}

/// The visible part of the picture. An invalid clean aperture is ignored, as viewers do.
avifCropRect visible_part(const avifImage& image) {
  avifCropRect rect{.x = 0, .y = 0, .width = image.width, .height = image.height};
  avifDiagnostics diagnostics{};
  avifCropRect found{};
  if ((image.transformFlags & AVIF_TRANSFORM_CLAP) != 0 &&
      libavif().avifCropRectConvertCleanApertureBox(&found, &image.clap, image.width, image.height,
                                                    image.yuvFormat, &diagnostics) != 0) {
    rect = found;
  }
  return rect;
}

bool same_kind(const avifImage& a, const avifImage& b) {
  return a.width == b.width && a.height == b.height && a.depth == b.depth && a.yuvFormat == b.yuvFormat;
}

Decoder opened(std::span<const std::byte> file, std::uint64_t most_frames, bool read_exif) {
  auto decoder = owned<Decoder>(libavif().avifDecoderCreate());
  decoder->maxThreads = 1;
  // Old writers omit what these flags require, and an invalid clean aperture does no harm.
  decoder->strictFlags = AVIF_STRICT_DISABLED;
  decoder->ignoreExif = read_exif ? AVIF_FALSE : AVIF_TRUE;
  decoder->imageCountLimit = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(most_frames, 1, 1U << 30U));
  check(libavif().avifDecoderSetIOMemory(decoder.get(), reinterpret_cast<const std::uint8_t*>(file.data()),
                                         file.size()),
        &decoder->diag);
  const avifResult result = libavif().avifDecoderParse(decoder.get());
  if (result == AVIF_RESULT_INVALID_EXIF_PAYLOAD && read_exif) return opened(file, most_frames, false);
  check(result, &decoder->diag);
  return decoder;
}

}  // namespace

class AvifSource::Impl {
 public:
  explicit Impl(Decoder decoder) : decoder_(std::move(decoder)) {}

  [[nodiscard]] const avifImage& front() const { return *decoder_->image; }
  [[nodiscard]] const avifDecoder& decoder() const { return *decoder_; }

  void decode(const AvifHeader& header, std::span<std::byte> samples) {
    const avifCropRect seen = visible_part(front());
    const std::size_t frame_bytes = samples.size() / static_cast<std::size_t>(header.frames);
    for (int i = 0; i < header.frames; ++i) {
      check(libavif().avifDecoderNextImage(decoder_.get()), &decoder_->diag);
      const avifImage& decoded = *decoder_->image;
      if (decoded.yuvPlanes[0] == nullptr) throw AvifError(AvifProblem::damaged, "a frame without pixels");
      check_kind(decoded, header);
      auto frame = owned<Image>(libavif().avifImageCreateEmpty());
      check(libavif().avifImageCopy(frame.get(), &decoded, AVIF_PLANES_ALL));
      shape_ = shape_of(*frame);
      write_visible(*frame, seen, samples.subspan(static_cast<std::size_t>(i) * frame_bytes, frame_bytes));
      frames_.push_back(std::move(frame));
    }
    seen_ = seen;
  }

  void replace_changed(const AvifHeader& header, std::span<const std::byte> samples) {
    const std::size_t frame_bytes = samples.size() / static_cast<std::size_t>(header.frames);
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      replace_changed(*frames_[i], samples.subspan(i * frame_bytes, frame_bytes));
    }
  }

  [[nodiscard]] std::vector<const avifImage*> frames() const {
    std::vector<const avifImage*> all;
    for (const Image& frame : frames_) all.push_back(frame.get());
    return all;
  }

 private:
  /// The pixels' own headers may contradict the file's.
  void check_kind(const avifImage& decoded, const AvifHeader& header) const {
    const SampleShape shape = shape_of(decoded);
    const bool first = frames_.empty();
    const bool as_promised = shape.bands == header.bands && shape.sample_bytes == header.sample_bytes &&
                             static_cast<int>(decoded.depth) == header.depth;
    if (!as_promised || (!first && !same_kind(decoded, *frames_.front()))) {
      throw AvifError(AvifProblem::damaged, first ? "the coded picture is not as the file describes it"
                                                  : "its frames differ in size or kind of pixels");
    }
  }

  [[nodiscard]] std::size_t whole_bytes(const avifImage& frame) const {
    return std::size_t{frame.width} * frame.height * shape_.pixel_bytes();
  }

  static bool is_whole(const avifImage& frame, const avifCropRect& seen) {
    return seen.width == frame.width && seen.height == frame.height;
  }

  /// Calls `copy` with each visible row: its position among all pixels, and among the visible ones.
  template <class Copy>
  void for_visible_rows(const avifImage& frame, const avifCropRect& seen, const Copy& copy) const {
    const std::size_t pixel = shape_.pixel_bytes();
    for (std::uint32_t y = 0; y < seen.height; ++y) {
      copy((std::size_t{seen.y + y} * frame.width + seen.x) * pixel, std::size_t{y} * seen.width * pixel,
           seen.width * pixel);
    }
  }

  void write_visible(const avifImage& frame, const avifCropRect& seen, std::span<std::byte> samples) const {
    if (std::uint64_t{seen.width} * seen.height * shape_.pixel_bytes() != samples.size()) {
      throw AvifError(AvifProblem::damaged, "the coded picture is not as large as the file says");
    }
    if (is_whole(frame, seen)) return to_samples(frame, shape_, samples);
    std::vector<std::byte> whole(whole_bytes(frame));
    to_samples(frame, shape_, whole);
    for_visible_rows(frame, seen, [&](std::size_t from, std::size_t to, std::size_t size) {
      std::memcpy(samples.data() + to, whole.data() + from, size);
    });
  }

  void replace_changed(avifImage& frame, std::span<const std::byte> marked) const {
    std::vector<std::byte> before(whole_bytes(frame));
    to_samples(frame, shape_, before);
    std::vector<std::byte> pasted;
    std::span<const std::byte> after = marked;
    if (!is_whole(frame, seen_)) {
      pasted = before;
      for_visible_rows(frame, seen_, [&](std::size_t to, std::size_t from, std::size_t size) {
        std::memcpy(pasted.data() + to, marked.data() + from, size);
      });
      after = pasted;
    }
    auto changed = owned<Image>(libavif().avifImageCreateEmpty());
    check(libavif().avifImageCopy(changed.get(), &frame, 0));
    from_samples(after, shape_, *changed);
    take_changed(frame, *changed, before, after);
  }

  /// Copies pixels that differ from `changed` into `frame`; a colour sample that several pixels share is
  /// copied if any of them differs.
  void take_changed(avifImage& frame, const avifImage& changed, std::span<const std::byte> before,
                    std::span<const std::byte> after) const {
    avifPixelFormatInfo info{};
    libavif().avifGetPixelFormatInfo(frame.yuvFormat, &info);
    const std::size_t sample = frame.depth > 8 ? 2 : 1;
    const std::size_t pixel = shape_.pixel_bytes();
    for (std::uint32_t y = 0; y < frame.height; ++y) {
      const std::size_t row = std::size_t{y} * frame.width * pixel;
      if (std::memcmp(before.data() + row, after.data() + row, frame.width * pixel) == 0) continue;
      for (std::uint32_t x = 0; x < frame.width; ++x) {
        const std::size_t at = row + x * pixel;
        if (std::memcmp(before.data() + at, after.data() + at, pixel) == 0) continue;
        copy_sample(frame.yuvPlanes[0], changed.yuvPlanes[0], frame.yuvRowBytes[0], changed.yuvRowBytes[0], x,
                    y, sample);
        if (frame.alphaPlane != nullptr) {
          copy_sample(frame.alphaPlane, changed.alphaPlane, frame.alphaRowBytes, changed.alphaRowBytes, x, y,
                      sample);
        }
        if (info.monochrome != 0) continue;
        for (const std::size_t plane : {std::size_t{1}, std::size_t{2}}) {
          copy_sample(frame.yuvPlanes[plane], changed.yuvPlanes[plane], frame.yuvRowBytes[plane],
                      changed.yuvRowBytes[plane], x >> info.chromaShiftX, y >> info.chromaShiftY, sample);
        }
      }
    }
  }

  static void copy_sample(std::uint8_t* to, const std::uint8_t* from, std::uint32_t to_row_bytes,
                          std::uint32_t from_row_bytes, std::uint32_t x, std::uint32_t y, std::size_t bytes) {
    std::memcpy(to + std::size_t{y} * to_row_bytes + x * bytes,
                from + std::size_t{y} * from_row_bytes + x * bytes, bytes);
  }

  Decoder decoder_;
  SampleShape shape_;
  avifCropRect seen_{};
  std::vector<Image> frames_;
};

AvifSource::AvifSource(std::span<const std::byte> file, const HeifContents& contents,
                       std::uint64_t most_frames)
    : impl_(std::make_unique<Impl>(opened(
          file.first(file.size() - static_cast<std::size_t>(contents.bytes_after)), most_frames, true))) {
  const avifDecoder& decoder = impl_->decoder();
  const avifImage& image = impl_->front();
  const avifCropRect seen = visible_part(image);
  header_.width = static_cast<int>(seen.width);
  header_.height = static_cast<int>(seen.height);
  header_.is_cropped = seen.width != image.width || seen.height != image.height;
  header_.frames = decoder.imageCount;
  header_.sequence = frames_shown(contents) > 1 || decoder.imageCount > 1;
  header_.has_alpha = decoder.alphaPresent != 0;
  header_.chroma = chroma_of(image.yuvFormat);
  header_.bands = (header_.chroma == Chroma::grey ? 1 : 3) + (header_.has_alpha ? 1 : 0);
  header_.depth = static_cast<int>(image.depth);
  header_.sample_bytes = header_.depth > 8 ? 2 : 1;
  header_.colour = {.primaries = image.colorPrimaries,
                    .transfer = image.transferCharacteristics,
                    .matrix = image.matrixCoefficients,
                    .full_range = image.yuvRange == AVIF_RANGE_FULL};
  header_.orientation = orientation_of(image);
  header_.premultiplied = image.alphaPremultiplied != 0;
  if ((image.transformFlags & AVIF_TRANSFORM_PASP) != 0) {
    header_.pixel_aspect = {.width = image.pasp.hSpacing, .height = image.pasp.vSpacing};
  }
  header_.layered = decoder.progressiveState != AVIF_PROGRESSIVE_STATE_UNAVAILABLE;
  if (!header_.sequence) return;
  header_.timing.timescale = decoder.timescale;
  for (const HeifTrack& track : contents.tracks) {
    if (track.handler == "pict") {
      header_.timing.repetition = track.repetition;
      break;
    }
  }
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(header_.frames); ++i) {
    avifImageTiming timing{};
    check(libavif().avifDecoderNthImageTiming(&decoder, i, &timing));
    header_.timing.durations.push_back(timing.durationInTimescales);
    header_.timing.keyframes.push_back(libavif().avifDecoderIsKeyframe(&decoder, i) != 0);
  }
}

AvifSource::~AvifSource() = default;

std::span<const std::byte> AvifSource::icc() const {
  return bytes_of(impl_->front().icc);
}

std::span<const std::byte> AvifSource::exif() const {
  return bytes_of(impl_->front().exif);
}

std::span<const std::byte> AvifSource::xmp() const {
  return bytes_of(impl_->front().xmp);
}

void AvifSource::decode(std::span<std::byte> samples) {
  impl_->decode(header_, samples);
}

void AvifSource::replace_changed(std::span<const std::byte> samples) {
  impl_->replace_changed(header_, samples);
}

std::vector<const avifImage*> AvifSource::frames() const {
  return impl_->frames();
}

void decode_nothing_kept(std::span<const std::byte> file) {
  const Decoder decoder = opened(file, UINT32_MAX, true);
  for (int i = 0; i < decoder->imageCount; ++i)
    check(libavif().avifDecoderNextImage(decoder.get()), &decoder->diag);
}

}  // namespace wm::avif
