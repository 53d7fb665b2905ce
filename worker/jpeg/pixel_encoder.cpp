#include "worker/jpeg/pixel_encoder.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "worker/jpeg/libjpeg_errors.h"
#include "worker/jpeg/quantisation.h"

namespace wm {
namespace {

/// Collects libjpeg's output. Records a lack of memory, since no exception may cross C code.
struct ByteSink {
  jpeg_destination_mgr base{};  // first, so that a pointer to it is a pointer to this
  std::vector<std::byte> bytes;
  std::array<std::byte, 65536> buffer{};
  bool failed = false;

  ByteSink() {
    base.init_destination = [](j_compress_ptr encoder) { of(encoder).rewind(); };
    base.empty_output_buffer = [](j_compress_ptr encoder) -> boolean {
      of(encoder).take(of(encoder).buffer.size());
      of(encoder).rewind();
      return TRUE;
    };
    base.term_destination = [](j_compress_ptr encoder) {
      of(encoder).take(of(encoder).buffer.size() - of(encoder).base.free_in_buffer);
    };
  }
  static ByteSink& of(j_compress_ptr encoder) { return *reinterpret_cast<ByteSink*>(encoder->dest); }

  void rewind() {
    base.next_output_byte = reinterpret_cast<JOCTET*>(buffer.data());
    base.free_in_buffer = buffer.size();
  }
  void take(std::size_t count) noexcept {
    try {
      bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    } catch (const std::bad_alloc&) {
      failed = true;
    }
  }
};

void use_tables(jpeg_compress_struct& encoder, const JpegTables& tables) {
  for (int i = 0; i < encoder.num_components; ++i) {
    const QuantisationTable& table = tables[static_cast<std::size_t>(i)];
    int slot = 0;
    // Components with equal tables share one, as in the input.
    while (slot < i && tables[static_cast<std::size_t>(slot)] != table) ++slot;
    std::array<unsigned, 64> values{};
    std::copy(table.begin(), table.end(), values.begin());
    // A scale of 100 takes the values as they are. Those over 255 make the file "extended sequential".
    jpeg_add_quant_table(&encoder, slot, values.data(), 100, FALSE);
    encoder.comp_info[i].quant_tbl_no = slot;
  }
}

void set_up(jpeg_compress_struct& encoder, const JpegPixels& pixels, const JpegEncoding& encoding) {
  encoder.image_width = static_cast<JDIMENSION>(pixels.width);
  encoder.image_height = static_cast<JDIMENSION>(pixels.height);
  encoder.input_components = pixels.bands;
  encoder.in_color_space = pixels.bands == 1 ? JCS_GRAYSCALE : pixels.bands == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&encoder);
  if (pixels.bands == 4 && encoding.ycck) jpeg_set_colorspace(&encoder, JCS_YCCK);
  jpeg_set_quality(&encoder, encoding.quality, TRUE);
  if (encoding.tables) use_tables(encoder, *encoding.tables);
  const bool has_chroma = pixels.bands == 3 || encoding.ycck;
  for (int i = 0; i < encoder.num_components; ++i) {
    const bool full = has_chroma && (i == 0 || i == 3);
    encoder.comp_info[i].h_samp_factor = full ? encoding.sampling.horizontal : 1;
    encoder.comp_info[i].v_samp_factor = full ? encoding.sampling.vertical : 1;
  }
  if (encoding.progressive) jpeg_simple_progression(&encoder);
}

/// No object with a destructor may live in this frame: longjmp would skip it.
bool write_file(jpeg_compress_struct& encoder, LibjpegErrors& errors, ByteSink& sink,
                const JpegPixels& pixels, const JpegEncoding& encoding,
                std::span<const std::byte> icc_profile, std::span<JSAMPLE> row_buffer) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_compress(&encoder);
  encoder.dest = &sink.base;
  set_up(encoder, pixels, encoding);
  jpeg_start_compress(&encoder, TRUE);
  if (!icc_profile.empty()) {
    jpeg_write_icc_profile(&encoder, reinterpret_cast<const JOCTET*>(icc_profile.data()),
                           static_cast<unsigned>(icc_profile.size()));
  }
  const std::size_t row_size = row_buffer.size();
  for (std::size_t y = 0; y < static_cast<std::size_t>(pixels.height); ++y) {
    const auto row = pixels.samples.subspan(y * row_size, row_size);
    // Adobe stores inks inverted, and every reader expects that in a file with its marker.
    const unsigned char invert = pixels.bands == 4 ? 0xFF : 0;
    std::transform(row.begin(), row.end(), row_buffer.begin(), [invert](std::byte value) {
      return static_cast<JSAMPLE>(std::to_integer<unsigned char>(value) ^ invert);
    });
    JSAMPROW rows[] = {row_buffer.data()};
    jpeg_write_scanlines(&encoder, rows, 1);
  }
  jpeg_finish_compress(&encoder);
  return true;
}

}  // namespace

std::vector<std::byte> encode_jpeg(const JpegPixels& pixels, const JpegEncoding& encoding,
                                   std::span<const std::byte> icc_profile) {
  const bool known_bands = pixels.bands == 1 || pixels.bands == 3 || pixels.bands == 4;
  const auto row_size = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.bands);
  if (!known_bands || pixels.samples.size() < row_size * static_cast<std::size_t>(pixels.height)) {
    throw std::runtime_error("these pixels cannot be a JPEG");
  }
  LibjpegErrors errors;
  ByteSink sink;
  std::vector<JSAMPLE> row_buffer(row_size);
  jpeg_compress_struct encoder{};
  encoder.err = errors.install();
  const bool written = write_file(encoder, errors, sink, pixels, encoding, icc_profile, row_buffer);
  jpeg_destroy_compress(&encoder);
  if (sink.failed) throw std::bad_alloc();
  if (!written) throw std::runtime_error(errors.message.data());
  return std::move(sink.bytes);
}

}  // namespace wm
