#include "worker/metadata/thumbnail_codec.h"

#include <csetjmp>
#include <cstdlib>

#include "worker/jpeg/libjpeg.h"

namespace wm::metadata {
namespace {

constexpr int max_scans = 300;
constexpr std::uint64_t max_pixels = std::uint64_t{1} << 30;

/// libjpeg reports errors by calling a function that must not return.
struct ErrorJump {
  jpeg_error_mgr base{};
  std::jmp_buf target{};

  jpeg_error_mgr* install() {
    jpeg_std_error(&base);
    base.error_exit = [](j_common_ptr codec) {
      std::longjmp(reinterpret_cast<ErrorJump*>(codec->err)->target, 1);
    };
    base.emit_message = [](j_common_ptr, int) {};
    base.output_message = [](j_common_ptr) {};
    return &base;
  }
};

void limit_scans(j_common_ptr codec) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(codec);
  if (decoder->input_scan_number > max_scans) codec->err->error_exit(codec);
}

/// No object with a destructor may live in the frames that call libjpeg: longjmp would skip it.
bool start_decoder(jpeg_decompress_struct& decoder, ErrorJump& errors, jpeg_progress_mgr& progress,
                   ByteSpan jpeg, ThumbnailBox at_least) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_decompress(&decoder);
  decoder.progress = &progress;
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size());
  if (jpeg_read_header(&decoder, TRUE) != JPEG_HEADER_OK) return false;
  if (std::uint64_t{decoder.image_width} * decoder.image_height > max_pixels) return false;
  const bool cmyk = decoder.num_components == 4;
  decoder.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  decoder.scale_num = 1;
  decoder.scale_denom = 8;
  while (decoder.scale_denom > 1 && (decoder.image_width / decoder.scale_denom < at_least.width ||
                                     decoder.image_height / decoder.scale_denom < at_least.height)) {
    decoder.scale_denom /= 2;
  }
  decoder.do_fancy_upsampling = FALSE;
  decoder.dct_method = JDCT_IFAST;
  return jpeg_start_decompress(&decoder) != FALSE;
}

bool read_rows(jpeg_decompress_struct& decoder, ErrorJump& errors, std::byte* samples, std::size_t row_size) {
  if (setjmp(errors.target) != 0) return false;
  while (decoder.output_scanline < decoder.output_height) {
    auto* row = reinterpret_cast<JSAMPROW>(samples + decoder.output_scanline * row_size);
    if (jpeg_read_scanlines(&decoder, &row, 1) != 1) return false;
  }
  return true;
}

/// Adobe's CMYK is stored inverted: 255 is no ink.
Bytes rgb_of_cmyk(const Bytes& cmyk) {
  Bytes rgb;
  rgb.reserve(cmyk.size() / 4 * 3);
  for (std::size_t i = 0; i + 3 < cmyk.size(); i += 4) {
    for (std::size_t band = 0; band < 3; ++band) {
      append_u8(rgb, std::uint32_t{u8(cmyk, i + band)} * u8(cmyk, i + 3) / 255);
    }
  }
  return rgb;
}

struct EncodedBuffer {
  unsigned char* data = nullptr;
  unsigned long size = 0;
};

bool run_encoder(jpeg_compress_struct& encoder, ErrorJump& errors, EncodedBuffer& buffer,
                 const SmallPicture& picture, int quality) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_compress(&encoder);
  jpeg_mem_dest(&encoder, &buffer.data, &buffer.size);
  encoder.image_width = picture.width;
  encoder.image_height = picture.height;
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  encoder.optimize_coding = TRUE;
  // EXIF 2.32 section 4.5.5: a thumbnail has no APPn markers.
  encoder.write_JFIF_header = FALSE;
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    const std::byte* line = picture.samples.data() + std::size_t{encoder.next_scanline} * picture.width * 3;
    auto* row = const_cast<JSAMPROW>(reinterpret_cast<const JSAMPLE*>(line));  // libjpeg only reads
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  return true;
}

}  // namespace

std::optional<SmallPicture> decode_small(ByteSpan jpeg, ThumbnailBox at_least) {
  if (jpeg.empty()) return std::nullopt;
  ErrorJump errors;
  jpeg_decompress_struct decoder{};
  decoder.err = errors.install();
  jpeg_progress_mgr progress{};
  progress.progress_monitor = limit_scans;
  std::optional<SmallPicture> result;
  if (start_decoder(decoder, errors, progress, jpeg, at_least)) {
    SmallPicture picture{.width = decoder.output_width, .height = decoder.output_height};
    const std::size_t row_size =
        std::size_t{decoder.output_width} * static_cast<std::size_t>(decoder.output_components);
    picture.samples.resize(row_size * decoder.output_height);
    if (read_rows(decoder, errors, picture.samples.data(), row_size)) {
      if (decoder.output_components == 4) picture.samples = rgb_of_cmyk(picture.samples);
      result = std::move(picture);
    }
  }
  jpeg_destroy_decompress(&decoder);
  return result;
}

std::optional<Bytes> encode_small(const SmallPicture& picture, int quality) {
  if (picture.width == 0 || picture.height == 0 ||
      picture.samples.size() != std::size_t{picture.width} * picture.height * 3) {
    return std::nullopt;
  }
  ErrorJump errors;
  EncodedBuffer buffer;
  jpeg_compress_struct encoder{};
  encoder.err = errors.install();
  std::optional<Bytes> result;
  if (run_encoder(encoder, errors, buffer, picture, quality)) {
    result = to_bytes(std::as_bytes(std::span(buffer.data, buffer.size)));
  }
  jpeg_destroy_compress(&encoder);
  std::free(buffer.data);  // NOLINT: libjpeg allocates with malloc
  return result;
}

}  // namespace wm::metadata
