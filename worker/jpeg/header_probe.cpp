#include "worker/jpeg/header_probe.h"

#include <algorithm>

#include "worker/jpeg/libjpeg_errors.h"
#include "worker/jpeg/quantisation.h"

namespace wm {
namespace {

/// No object with a destructor may live in this frame: longjmp would skip it.
bool read_header(jpeg_decompress_struct& decoder, LibjpegErrors& errors, std::span<const std::byte> file) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(file.data()), file.size());
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

/// Luma (and black, in YCCK) may be finer than chroma, in whole multiples.
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
  // The limit of blocks in an interleaved scan (ITU T.81 B.2.3).
  if (factors.horizontal * factors.vertical > 4) return std::nullopt;
  return factors;
}

/// Of all components, unless the first scan has the whole picture.
std::uint64_t coefficient_bytes_of(jpeg_decompress_struct& decoder) {
  if (!jpeg_has_multiple_scans(&decoder)) return 0;
  std::uint64_t blocks = 0;
  for (int i = 0; i < decoder.num_components; ++i) {
    const auto& component = decoder.comp_info[i];
    blocks += std::uint64_t{component.width_in_blocks} * component.height_in_blocks;
  }
  return blocks * DCTSIZE2 * sizeof(JCOEF);
}

JpegTraits traits_of(jpeg_decompress_struct& decoder) {
  JpegTraits traits;
  traits.width = static_cast<int>(decoder.image_width);
  traits.height = static_cast<int>(decoder.image_height);
  traits.components = decoder.num_components;
  traits.progressive = decoder.progressive_mode != FALSE;
  traits.coefficient_bytes = coefficient_bytes_of(decoder);
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

std::optional<JpegTraits> probe_jpeg_header(std::span<const std::byte> file) {
  LibjpegErrors errors;
  jpeg_decompress_struct decoder{};
  decoder.err = errors.install();
  std::optional<JpegTraits> traits;
  if (read_header(decoder, errors, file)) traits = traits_of(decoder);
  jpeg_destroy_decompress(&decoder);
  return traits;
}

}  // namespace wm
