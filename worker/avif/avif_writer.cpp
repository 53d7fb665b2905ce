#include "worker/avif/avif_writer.h"

#include <array>
#include <string>
#include <string_view>

#include "worker/avif/edit_list.h"
#include "worker/avif/libavif.h"
#include "worker/avif/planes.h"

namespace wm::avif {
namespace {

struct OutputBytes {
  avifRWData data{nullptr, 0};
  OutputBytes() = default;
  ~OutputBytes() { libavif().avifRWDataFree(&data); }
  OutputBytes(const OutputBytes&) = delete;
  OutputBytes& operator=(const OutputBytes&) = delete;
};

/// Converts a quality on libheif's scale, which this project uses.
int quantizer(int quality) {
  return ((100 - quality) * AVIF_QUANTIZER_WORST_QUALITY + 50) / 100;
}

Encoder encoder_for(const AvifEncoding& encoding) {
  auto encoder = owned<Encoder>(libavif().avifEncoderCreate());
  encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
  encoder->maxThreads = 1;
  encoder->speed = encoding.speed;
  encoder->minQuantizer = encoder->minQuantizerAlpha = AVIF_QUANTIZER_BEST_QUALITY;
  encoder->maxQuantizer = encoder->maxQuantizerAlpha = AVIF_QUANTIZER_WORST_QUALITY;
  const auto set = [&](const char* key, const std::string& value) {
    libavif().avifEncoderSetCodecSpecificOption(encoder.get(), key, value.c_str());
  };
  set("end-usage", "q");
  set("cq-level", std::to_string(quantizer(encoding.quality)));
  return encoder;
}

/// Borrows the planes of `frame`; `exif` and `xmp` replace its own.
Image with_metadata(const avifImage& frame, const AvifEncoding& encoding) {
  auto image = owned<Image>(libavif().avifImageCreateEmpty());
  check(libavif().avifImageCopy(image.get(), &frame, 0));
  for (std::size_t plane = 0; plane < AVIF_PLANE_COUNT_YUV; ++plane) {
    image->yuvPlanes[plane] = frame.yuvPlanes[plane];
    image->yuvRowBytes[plane] = frame.yuvRowBytes[plane];
  }
  image->alphaPlane = frame.alphaPlane;
  image->alphaRowBytes = frame.alphaRowBytes;
  image->imageOwnsYUVPlanes = image->imageOwnsAlphaPlane = AVIF_FALSE;
  const auto* const exif = reinterpret_cast<const std::uint8_t*>(encoding.exif.data());
  libavif().avifImageSetMetadataExif(image.get(), exif, encoding.exif.size());
  // The call above also applies the orientation of the EXIF block to the picture.
  image->transformFlags = frame.transformFlags;
  image->irot = frame.irot;
  image->imir = frame.imir;
  libavif().avifImageSetMetadataXMP(image.get(), reinterpret_cast<const std::uint8_t*>(encoding.xmp.data()),
                                    encoding.xmp.size());
  return image;
}

std::vector<std::byte> finished(Encoder& encoder) {
  OutputBytes output;
  check(libavif().avifEncoderFinish(encoder.get(), &output.data), &encoder->diag);
  const auto* const first = reinterpret_cast<const std::byte*>(output.data.data);
  return {first, first + output.data.size};
}

std::vector<std::byte> encode_still(const avifImage& image, const AvifEncoding& encoding) {
  Encoder encoder = encoder_for(encoding);
  const Image whole = with_metadata(image, encoding);
  check(libavif().avifEncoderAddImage(encoder.get(), whole.get(), 1, AVIF_ADD_IMAGE_FLAG_SINGLE),
        &encoder->diag);
  return finished(encoder);
}

std::vector<std::byte> encode_sequence(const std::vector<const avifImage*>& frames, const Timing& timing,
                                       const AvifEncoding& encoding) {
  Encoder encoder = encoder_for(encoding);
  encoder->timescale = timing.timescale;
  std::uint64_t whole_duration = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Image frame = with_metadata(*frames[i], encoding);
    const avifAddImageFlags flags =
        timing.keyframes[i] ? AVIF_ADD_IMAGE_FLAG_FORCE_KEYFRAME : AVIF_ADD_IMAGE_FLAG_NONE;
    check(libavif().avifEncoderAddImage(encoder.get(), frame.get(), timing.durations[i], flags),
          &encoder->diag);
    whole_duration += timing.durations[i];
  }
  std::vector<std::byte> file = finished(encoder);
  add_edit_lists(file, timing.repetition, whole_duration);
  return file;
}

avifPixelFormat format_of(const NewAvif& picture) {
  if (picture.bands < 3) return AVIF_PIXEL_FORMAT_YUV400;
  switch (picture.chroma) {
    case Chroma::s444:
      return AVIF_PIXEL_FORMAT_YUV444;
    case Chroma::s422:
      return AVIF_PIXEL_FORMAT_YUV422;
    default:
      return AVIF_PIXEL_FORMAT_YUV420;
  }
}

/// The reverse of AvifHeader::orientation.
void set_orientation(int orientation, avifImage& image) {
  struct Steps {
    std::uint8_t quarters;  // counterclockwise
    int mirror;             // the mode of 'imir', -1 for none
  };
  static constexpr std::array<Steps, 8> steps{
      {{0, -1}, {0, 1}, {2, -1}, {0, 0}, {1, 0}, {3, -1}, {1, 1}, {1, -1}}};
  const Steps& needed = steps[static_cast<std::size_t>(orientation - 1)];
  if (needed.quarters != 0) {
    image.transformFlags |= AVIF_TRANSFORM_IROT;
    image.irot.angle = needed.quarters;
  }
  if (needed.mirror >= 0) {
    image.transformFlags |= AVIF_TRANSFORM_IMIR;
    image.imir.mode = static_cast<std::uint8_t>(needed.mirror);
  }
}

Image new_frame(const NewAvif& picture) {
  auto image = owned<Image>(libavif().avifImageCreate(
      static_cast<std::uint32_t>(picture.width), static_cast<std::uint32_t>(picture.height),
      static_cast<std::uint32_t>(picture.depth), format_of(picture)));
  image->colorPrimaries = static_cast<avifColorPrimaries>(picture.colour.primaries);
  image->transferCharacteristics = static_cast<avifTransferCharacteristics>(picture.colour.transfer);
  image->matrixCoefficients = static_cast<avifMatrixCoefficients>(picture.colour.matrix);
  image->yuvRange = picture.colour.full_range ? AVIF_RANGE_FULL : AVIF_RANGE_LIMITED;
  image->alphaPremultiplied = picture.premultiplied ? AVIF_TRUE : AVIF_FALSE;
  if (picture.pixel_aspect != PixelAspect{}) {
    image->transformFlags |= AVIF_TRANSFORM_PASP;
    image->pasp = {.hSpacing = picture.pixel_aspect.width, .vSpacing = picture.pixel_aspect.height};
  }
  set_orientation(picture.orientation, *image);
  if (!picture.icc.empty()) {
    libavif().avifImageSetProfileICC(image.get(), reinterpret_cast<const std::uint8_t*>(picture.icc.data()),
                                     picture.icc.size());
  }
  return image;
}

bool has_codec(avifCodecChoice choice, avifCodecFlags flags) {
  try {
    return libavif().avifCodecName(choice, flags) != nullptr;
  } catch (const AvifError&) {
    return false;
  }
}

}  // namespace

std::vector<std::byte> encode_marked(AvifSource& source, std::span<const std::byte> samples,
                                     const AvifEncoding& encoding) {
  source.replace_changed(samples);
  const auto frames = source.frames();
  if (!source.header().sequence) return encode_still(*frames.front(), encoding);
  return encode_sequence(frames, source.header().timing, encoding);
}

std::vector<std::byte> encode_new(const NewAvif& picture, const AvifEncoding& encoding) {
  const SampleShape shape{.bands = picture.bands, .sample_bytes = picture.sample_bytes};
  const std::size_t frame_bytes = picture.samples.size() / static_cast<std::size_t>(picture.frames);
  std::vector<Image> owners;
  std::vector<const avifImage*> frames;
  for (std::size_t i = 0; i < static_cast<std::size_t>(picture.frames); ++i) {
    owners.push_back(new_frame(picture));
    from_samples(picture.samples.subspan(i * frame_bytes, frame_bytes), shape, *owners.back());
    frames.push_back(owners.back().get());
  }
  if (frames.size() == 1) return encode_still(*frames.front(), encoding);
  return encode_sequence(frames, picture.timing, encoding);
}

bool can_decode() {
  return has_codec(AVIF_CODEC_CHOICE_AUTO, AVIF_CODEC_FLAG_CAN_DECODE);
}

bool can_encode() {
  return has_codec(AVIF_CODEC_CHOICE_AOM, AVIF_CODEC_FLAG_CAN_ENCODE);
}

std::string library_version() {
  try {
    return libavif().avifVersion();
  } catch (const AvifError&) {
    return {};
  }
}

bool is_exif(std::span<const std::byte> block) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
  using namespace std::string_view_literals;
  constexpr std::size_t shortest = 8;
  return text.size() >= shortest && (text.starts_with("II*\0"sv) || text.starts_with("MM\0*"sv));
}

}  // namespace wm::avif
