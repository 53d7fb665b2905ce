#include "worker/jpeg/header_probe.h"

#include <algorithm>
#include <array>

#include "worker/format/file_reader.h"
#include "worker/jpeg/libjpeg_errors.h"
#include "worker/jpeg/quantisation.h"

namespace wm {
namespace {

/// Feeds libjpeg from a descriptor by position. Skipping costs nothing, so large ICC and EXIF segments are
/// not read.
struct FileSource {
  jpeg_source_mgr base{};  // first, so that a pointer to it is a pointer to this
  FileReader file;
  std::uint64_t position = 0;  // of the byte after the buffer
  std::array<std::byte, 4096> buffer{};

  explicit FileSource(int fd) : file(fd) {
    base.init_source = [](j_decompress_ptr) {};
    base.fill_input_buffer = fill;
    base.skip_input_data = skip;
    base.resync_to_restart = jpeg_resync_to_restart;
    base.term_source = [](j_decompress_ptr) {};
  }

  static FileSource& of(j_decompress_ptr decoder) { return *reinterpret_cast<FileSource*>(decoder->src); }

  static boolean fill(j_decompress_ptr decoder) {
    FileSource& self = of(decoder);
    const std::size_t count = self.file.read(self.position, self.buffer);
    if (count == 0) return FALSE;  // jpeg_read_header() then returns JPEG_SUSPENDED
    self.position += count;
    self.base.next_input_byte = reinterpret_cast<const JOCTET*>(self.buffer.data());
    self.base.bytes_in_buffer = count;
    return TRUE;
  }

  static void skip(j_decompress_ptr decoder, long count) {
    if (count <= 0) return;
    FileSource& self = of(decoder);
    const auto wanted = static_cast<std::size_t>(count);
    if (wanted <= self.base.bytes_in_buffer) {
      self.base.next_input_byte += wanted;
      self.base.bytes_in_buffer -= wanted;
      return;
    }
    self.position += wanted - self.base.bytes_in_buffer;
    self.base.bytes_in_buffer = 0;
  }
};

/// Nothing with a destructor may live in this frame: longjmp would skip it.
bool read_header(jpeg_decompress_struct& decoder, LibjpegErrors& errors, FileSource& source) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_decompress(&decoder);
  decoder.src = &source.base;
  return jpeg_read_header(&decoder, TRUE) == JPEG_HEADER_OK;
}

std::string sampling_name(const jpeg_decompress_struct& decoder) {
  if (decoder.num_components == 1) return "grey";
  std::string factors;
  for (int i = 0; i < decoder.num_components; ++i) {
    const auto& component = decoder.comp_info[i];
    factors += (i == 0 ? "" : ",") + std::to_string(component.h_samp_factor) + "x" +
               std::to_string(component.v_samp_factor);
  }
  if (factors == "1x1,1x1,1x1") return "4:4:4";
  if (factors == "2x1,1x1,1x1") return "4:2:2";
  if (factors == "2x2,1x1,1x1") return "4:2:0";
  return factors;
}

JpegColours colours_of(const jpeg_decompress_struct& decoder) {
  switch (decoder.jpeg_color_space) {
    case JCS_GRAYSCALE:
      return JpegColours::grey;
    case JCS_YCbCr:
      return JpegColours::ycc;
    case JCS_RGB:
      return JpegColours::rgb;
    case JCS_CMYK:
      return JpegColours::cmyk;
    case JCS_YCCK:
      return JpegColours::ycck;
    default:
      return JpegColours::other;
  }
}

std::optional<JpegTables> tables_of(const jpeg_decompress_struct& decoder) {
  JpegTables tables{};
  if (decoder.num_components > static_cast<int>(tables.size())) return std::nullopt;
  for (int i = 0; i < decoder.num_components; ++i) {
    const int slot = decoder.comp_info[i].quant_tbl_no;
    if (slot < 0 || slot >= NUM_QUANT_TBLS || decoder.quant_tbl_ptrs[slot] == nullptr) return std::nullopt;
    const auto& values = decoder.quant_tbl_ptrs[slot]->quantval;
    if (std::find(std::begin(values), std::end(values), 0) != std::end(values)) return std::nullopt;
    std::copy(std::begin(values), std::end(values), tables[static_cast<std::size_t>(i)].begin());
  }
  return tables;
}

/// Luma (and black, in YCCK) may be finer than the chroma, in whole multiples.
std::optional<JpegSampling> luma_factors_of(const jpeg_decompress_struct& decoder) {
  if (decoder.num_components < 3) return std::nullopt;
  const auto& luma = decoder.comp_info[0];
  const auto& chroma = decoder.comp_info[1];
  for (int i = 1; i < decoder.num_components; ++i) {
    const auto& other = i == 3 ? luma : chroma;
    if (decoder.comp_info[i].h_samp_factor != other.h_samp_factor ||
        decoder.comp_info[i].v_samp_factor != other.v_samp_factor) {
      return std::nullopt;
    }
  }
  if (luma.h_samp_factor % chroma.h_samp_factor != 0 || luma.v_samp_factor % chroma.v_samp_factor != 0) {
    return std::nullopt;
  }
  const JpegSampling factors{luma.h_samp_factor / chroma.h_samp_factor,
                             luma.v_samp_factor / chroma.v_samp_factor};
  // An interleaved scan has room for so many blocks (ITU T.81 B.2.3).
  if (factors.horizontal * factors.vertical > 4) return std::nullopt;
  return factors;
}

JpegTraits traits_of(const jpeg_decompress_struct& decoder) {
  JpegTraits traits;
  traits.width = static_cast<int>(decoder.image_width);
  traits.height = static_cast<int>(decoder.image_height);
  traits.components = decoder.num_components;
  traits.progressive = decoder.progressive_mode != FALSE;
  traits.sampling = sampling_name(decoder);
  traits.colours = colours_of(decoder);
  traits.tables = tables_of(decoder);
  traits.luma_factors = luma_factors_of(decoder);
  if (decoder.num_components >= 3) {
    const auto& luma = decoder.comp_info[0];
    const auto& chroma = decoder.comp_info[1];
    traits.chroma_subsampled =
        luma.h_samp_factor == 2 * chroma.h_samp_factor && luma.v_samp_factor == 2 * chroma.v_samp_factor;
  }
  const int index = decoder.comp_info[0].quant_tbl_no;
  if (index >= 0 && index < NUM_QUANT_TBLS && decoder.quant_tbl_ptrs[index] != nullptr) {
    QuantisationTable luma{};
    std::copy_n(decoder.quant_tbl_ptrs[index]->quantval, luma.size(), luma.begin());
    traits.quality = nearest_ijg_quality(luma);
    traits.exact_quality = ijg_luma_table(traits.quality) == luma;
  }
  return traits;
}

}  // namespace

std::optional<JpegTraits> probe_jpeg_header(int fd) {
  LibjpegErrors errors;
  FileSource source(fd);
  jpeg_decompress_struct decoder{};
  decoder.err = errors.install();
  std::optional<JpegTraits> traits;
  if (read_header(decoder, errors, source)) traits = traits_of(decoder);
  jpeg_destroy_decompress(&decoder);
  return traits;
}

}  // namespace wm
