#include "tests/unit/worker/jpeg/support/jpeg_maker.h"

#include <cmath>
#include <cstdlib>

#include "worker/jpeg/libjpeg.h"

namespace wm::test {
namespace {

JSAMPLE sample_at(const JpegRecipe& recipe, int x, int y, int band) {
  if (recipe.flat) return static_cast<JSAMPLE>(90 + 20 * band);
  // Gradients, waves and noise that does not depend on a library.
  unsigned noise = (static_cast<unsigned>(x) * 73856093U) ^ (static_cast<unsigned>(y) * 19349663U) ^
                   (static_cast<unsigned>(band) * 83492791U) ^ (recipe.seed * 2654435761U);
  noise = (noise ^ (noise >> 13)) * 1274126177U;
  const double wave = 60 * std::sin(x * 0.21 + band) * std::cos(y * 0.13 - band);
  const double value = 128 + wave + (x - y) * 0.4 + static_cast<double>(noise >> 16 & 31) - 16;
  return static_cast<JSAMPLE>(std::min(std::max(value, 0.0), 255.0));
}

}  // namespace

ByteVector make_jpeg(const JpegRecipe& recipe) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = static_cast<JDIMENSION>(recipe.width);
  encoder.image_height = static_cast<JDIMENSION>(recipe.height);
  encoder.input_components = recipe.components;
  encoder.in_color_space = recipe.components == 1   ? JCS_GRAYSCALE
                           : recipe.components == 4 ? JCS_CMYK
                                                    : JCS_RGB;
  jpeg_set_defaults(&encoder);
  if (recipe.rgb_inside) jpeg_set_colorspace(&encoder, JCS_RGB);
  jpeg_set_quality(&encoder, recipe.quality, TRUE);
  for (int i = 0; i < recipe.components && i < 3; ++i) {
    encoder.comp_info[i].h_samp_factor = recipe.sampling[static_cast<std::size_t>(i)].first;
    encoder.comp_info[i].v_samp_factor = recipe.sampling[static_cast<std::size_t>(i)].second;
  }
  encoder.optimize_coding = recipe.optimised ? TRUE : FALSE;
  encoder.restart_interval = recipe.restart_interval;
  std::array<jpeg_scan_info, 4> script{};
  if (recipe.scans == Scans::progressive) jpeg_simple_progression(&encoder);
  if (recipe.scans == Scans::one_per_component) {
    for (int i = 0; i < recipe.components; ++i) {
      auto& scan = script[static_cast<std::size_t>(i)];
      scan.comps_in_scan = 1;
      scan.component_index[0] = i;
      scan.Se = 63;
    }
    encoder.scan_info = script.data();
    encoder.num_scans = recipe.components;
  }
  jpeg_start_compress(&encoder, TRUE);
  for (const auto& [code, content] : recipe.segments) {
    jpeg_write_marker(&encoder, code, reinterpret_cast<const JOCTET*>(content.data()),
                      static_cast<unsigned>(content.size()));
  }
  std::vector<JSAMPLE> line(static_cast<std::size_t>(recipe.width * recipe.components));
  while (encoder.next_scanline < encoder.image_height) {
    const int y = static_cast<int>(encoder.next_scanline);
    for (int i = 0; i < static_cast<int>(line.size()); ++i) {
      line[static_cast<std::size_t>(i)] = sample_at(recipe, i / recipe.components, y, i % recipe.components);
    }
    JSAMPROW row = line.data();
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes);
  ByteVector file(begin, begin + size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg allocated it
  return file;
}

std::string multi_picture_index(const std::vector<IndexEntry>& entries, ByteOrder order) {
  std::string text("MPF\0", 4);
  const auto number = [&text, order](std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      text += static_cast<char>(value >> 8 * (order == ByteOrder::little ? i : bytes - 1 - i) & 0xff);
    }
  };
  text += order == ByteOrder::little ? "II" : "MM";
  number(42, 2);
  number(8, 4);  // where the directory lies: one field, MP entries, then no further directory
  number(1, 2);
  number(0xb002, 2);
  number(7, 2);
  number(static_cast<std::uint32_t>(16 * entries.size()), 4);
  number(26, 4);
  number(0, 4);
  for (const IndexEntry& entry : entries) {
    number(0x30000, 4);
    number(entry.size, 4);
    number(entry.offset, 4);
    number(0, 4);
  }
  return text;
}

jpeg::Bytes as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

ByteVector inserted(ByteVector file, std::size_t at, const std::string& insert) {
  const jpeg::Bytes bytes = as_bytes(insert);
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
  return file;
}

}  // namespace wm::test
