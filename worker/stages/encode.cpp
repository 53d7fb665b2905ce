#include "worker/stages/encode.h"

#include <memory>

#include <fmt/format.h>

#include "worker/stages/avif_picture.h"
#include "worker/stages/carry_metadata.h"
#include "worker/stages/fit_to_format.h"
#include "worker/stages/reduce_colours.h"
#include "worker/stages/save_jpeg.h"
#include "worker/stages/save_options.h"
#include "worker/stages/save_png.h"
#include "worker/stages/save_tiff.h"
#include "worker/stages/turn_upright.h"

namespace wm {
namespace {

/// A saver's output, in libvips' memory.
class SavedBytes {
 public:
  explicit SavedBytes(VipsBlob* blob) : blob_(blob) {}
  [[nodiscard]] std::span<const std::byte> bytes() const {
    std::size_t size = 0;
    const void* data = vips_blob_get(blob_.get(), &size);
    return {static_cast<const std::byte*>(data), size};
  }

 private:
  struct Unref {
    void operator()(VipsBlob* blob) const { vips_area_unref(VIPS_AREA(blob)); }
  };
  std::unique_ptr<VipsBlob, Unref> blob_;
};

SavedBytes saved(const Saver& saver, std::unique_ptr<vips::VOption> options, const vips::VImage& image) {
  VipsBlob* blob = nullptr;
  vips::VImage::call(saver.operation, options.release()->set("in", image)->set("buffer", &blob));
  return SavedBytes(blob);
}

bool has_metadata(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_EXIF_NAME) != 0 || image.get_typeof(VIPS_META_XMP_NAME) != 0 ||
         image.get_typeof(VIPS_META_ICC_NAME) != 0;
}

/// Encodes one picture, with one step for each kind of writer.
class Encoder {
 public:
  Encoder(Picture& picture, const Encoding& encoding)
      : picture_(picture),
        encoding_(encoding),
        format_(output_format(picture.format, encoding.format)),
        few_(reduce_colours(picture, format_, result_.notes)),
        carrier_(picture, encoding) {
    result_.coded = {.format = format_, .image = fitted(picture, format_), .pages = picture.pages};
    if (few_) result_.coded.bits = few_->depth;
    result_.notes.insert(result_.notes.begin(), picture.losses.begin(), picture.losses.end());
    for (std::string& loss : sample_losses(picture, format_, result_.coded.image)) {
      result_.notes.push_back(std::move(loss));
    }
    if (loses_transparency(picture, format_)) result_.notes.emplace_back("transparency became white");
    if (loses_highlights(picture, format_))
      result_.notes.emplace_back("light above white of a picture in HDR");
    if (loses_timing(picture, format_)) result_.notes.emplace_back("times and repetitions of the animation");
  }

  EncodedPicture run() {
    if (format_ == PictureFormat::jpeg) {
      write_jpeg();
    } else if (format_ == PictureFormat::png && few_) {
      carry(save_indexed_png(picture_, *few_, png_compression(picture_, encoding_),
                             is_progressive(format_, picture_, encoding_)));
    } else if (format_ == PictureFormat::gif && few_) {
      carry(save_gif(picture_, *few_));
    } else if (format_ == PictureFormat::tiff) {
      write_tiff();
    } else if (format_ == PictureFormat::png && can_save_png(picture_, result_.coded.image, encoding_)) {
      result_.coded.image = result_.coded.image.copy_memory();
      carry(save_png(picture_, result_.coded.image, encoding_));
    } else if (format_ == PictureFormat::avif) {
      write_avif();
    } else {
      write_with_libvips();
    }
    return std::move(result_);
  }

 private:
  void write_jpeg() {
    result_.coded.image = result_.coded.image.copy_memory();
    const JpegEncoding options = jpeg_encoding(picture_, result_.coded.image.bands(), encoding_);
    result_.coded.lossless = false;
    result_.coded.quality = options.quality;
    carry(save_jpeg(result_.coded.image, options));
  }

  void write_avif() {
    result_.coded.lossless = false;
    result_.coded.quality = avif_quality(encoding_);
    const metadata::EncoderBlocks blocks = carrier_.blocks_for_encoder(result_.notes);
    result_.file = save_avif(picture_, result_.coded.image, encoding_, blocks, result_.notes);
    carrier_.append_boxes(result_.file);
    check_saved_avif(result_.file, picture_, result_.coded.image);
  }

  void write_tiff() {
    const SavedTiff saved = save_tiff(picture_, few_, encoding_);
    result_.coded.lossless = saved.lossless;
    result_.coded.quality = saved.quality;
    result_.coded.bits = saved.bits;
    carry(saved.file);
  }

  void write_with_libvips() {
    vips::VImage image = without_metadata(result_.coded.image);
    Saver saver = saver_for(format_, picture_, image, encoding_);
    result_.coded.lossless = saver.lossless;
    result_.coded.quality = saver.quality;
    if (format_ != PictureFormat::heif) {
      carry(saved(saver, std::move(saver.options), image).bytes());
      return;
    }
    carrier_.give_to_encoder(image, result_.notes);
    // libvips creates an EXIF block if there is none.
    if (!has_metadata(image)) saver.options->set("strip", true);
    const SavedBytes bytes = saved(saver, std::move(saver.options), image);
    result_.file.assign(bytes.bytes().begin(), bytes.bytes().end());
    carrier_.append_boxes(result_.file);
  }

  void carry(std::span<const std::byte> encoded) { result_.file = carrier_.carry(encoded, result_.notes); }

  Picture& picture_;
  const Encoding& encoding_;
  EncodedPicture result_;
  PictureFormat format_;
  std::optional<FewColours> few_;
  MetadataCarrier carrier_;
};

}  // namespace

EncodedPicture encode(Picture& picture, const Encoding& encoding, Logger& log) {
  if (must_be_upright(picture, encoding)) turn_upright(picture);
  check_fits(picture, output_format(picture.format, encoding.format));
  EncodedPicture result = Encoder(picture, encoding).run();
  if (log.enabled(LogLevel::debug)) {
    log.log(LogLevel::debug, fmt::format("encode: {}, {} bytes, quality {}", name(result.coded.format),
                                         result.file.size(), result.coded.quality));
  }
  return result;
}

}  // namespace wm
