#include "tests/unit/worker/jpeg/support/jpeg_oracle.h"

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <numbers>

#include "worker/jpeg/libjpeg.h"

namespace wm::test {
namespace {

struct Reader {
  jpeg_error_mgr errors{};  // first
  std::jmp_buf target{};
  jpeg_decompress_struct decoder{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  std::array<char, JMSG_LENGTH_MAX> warning{};  // the first one

  void start(jpeg::Bytes file) {
    decoder.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr codec) {
      auto* self = reinterpret_cast<Reader*>(codec->err);
      codec->err->format_message(codec, self->message.data());
      std::longjmp(self->target, 1);
    };
    errors.output_message = [](j_common_ptr codec) {
      codec->err->format_message(codec, reinterpret_cast<Reader*>(codec->err)->warning.data());
    };
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    jpeg_save_markers(&decoder, JPEG_COM, 10);
  }
};

bool read_coefficients(Reader& reader, jpeg::Bytes file, jvirt_barray_ptr*& arrays) {
  if (setjmp(reader.target) != 0) return false;
  reader.start(file);
  jpeg_read_header(&reader.decoder, TRUE);
  arrays = jpeg_read_coefficients(&reader.decoder);
  return true;
}

bool start_pixels(Reader& reader, jpeg::Bytes file) {
  if (setjmp(reader.target) != 0) return false;
  reader.start(file);
  jpeg_read_header(&reader.decoder, TRUE);
  // As they are in the file: the first of them is the luma.
  reader.decoder.out_color_space = reader.decoder.jpeg_color_space;
  jpeg_start_decompress(&reader.decoder);
  return true;
}

bool read_pixels(Reader& reader, JSAMPLE* samples, std::size_t row_bytes) {
  if (setjmp(reader.target) != 0) return false;
  while (reader.decoder.output_scanline < reader.decoder.output_height) {
    JSAMPROW row = samples + reader.decoder.output_scanline * row_bytes;
    jpeg_read_scanlines(&reader.decoder, &row, 1);
  }
  jpeg_finish_decompress(&reader.decoder);
  return true;
}

void copy(Reader& reader, jvirt_barray_ptr* arrays, OraclePicture& picture) {
  jpeg_decompress_struct& decoder = reader.decoder;
  picture.width = static_cast<int>(decoder.image_width);
  picture.height = static_cast<int>(decoder.image_height);
  picture.max_horizontal = decoder.num_components == 1 ? 1 : decoder.max_h_samp_factor;
  picture.max_vertical = decoder.num_components == 1 ? 1 : decoder.max_v_samp_factor;
  picture.progressive = decoder.progressive_mode != FALSE;
  picture.restart_interval = decoder.restart_interval;
  for (int i = 0; i < decoder.num_components; ++i) {
    const jpeg_component_info& info = decoder.comp_info[i];
    OracleComponent component;
    component.horizontal = decoder.num_components == 1 ? 1 : info.h_samp_factor;
    component.vertical = decoder.num_components == 1 ? 1 : info.v_samp_factor;
    component.real_columns = static_cast<int>(info.width_in_blocks);
    component.real_rows = static_cast<int>(info.height_in_blocks);
    const auto pad = [](int value, int to) { return (value + to - 1) / to * to; };
    component.columns = pad(component.real_columns, component.horizontal);
    component.rows = pad(component.real_rows, component.vertical);
    std::copy_n(info.quant_table->quantval, 64, component.quantisers.begin());
    for (int row = 0; row < component.rows; ++row) {
      JBLOCK* line = decoder.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&decoder), arrays[i],
                                                     static_cast<JDIMENSION>(row), 1, FALSE)[0];
      for (int column = 0; column < component.columns; ++column) {
        CoefficientBlock block{};
        std::copy_n(line[column], 64, block.begin());
        component.blocks.push_back(block);
      }
    }
    picture.components.push_back(std::move(component));
  }
}

using Samples = std::array<double, 64>;

const std::array<Samples, 8>& cosines() {
  static const auto table = [] {
    std::array<Samples, 8> made{};
    for (std::size_t k = 0; k < 8; ++k) {
      for (std::size_t n = 0; n < 8; ++n) {
        made[k][n] =
            (k == 0 ? std::sqrt(0.125) : 0.5) *
            std::cos((2.0 * static_cast<double>(n) + 1) * static_cast<double>(k) * std::numbers::pi / 16);
      }
    }
    return made;
  }();
  return table;
}

/// Both directions by the definition, one axis after the other.
Samples transform(const Samples& in, bool inverse) {
  const auto& c = cosines();
  Samples half{};
  Samples out{};
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x) {
      for (std::size_t i = 0; i < 8; ++i) half[y * 8 + x] += in[y * 8 + i] * (inverse ? c[i][x] : c[x][i]);
    }
  }
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x) {
      for (std::size_t i = 0; i < 8; ++i) out[y * 8 + x] += half[i * 8 + x] * (inverse ? c[i][y] : c[y][i]);
    }
  }
  return out;
}

/// Mean alpha and premultiplied colour of a layer in one sample of a component.
struct Ink {
  double alpha = 0, colour = 0;
};

double mark_colour(const PreparedMark& mark, std::size_t pixel, std::size_t component, std::size_t components,
                   bool rgb_inside) {
  const auto at = [&](std::size_t i) { return std::to_integer<int>(mark.colours[i]); };
  if (components == 1) return at(pixel);
  const double r = at(pixel * 3);
  const double g = at(pixel * 3 + 1);
  const double b = at(pixel * 3 + 2);
  if (rgb_inside) return component == 0 ? r : component == 1 ? g : b;
  const double y = 0.299 * r + 0.587 * g + 0.114 * b;
  if (component == 0) return y;
  return component == 1 ? 128 + (b - y) / 1.772 : 128 + (r - y) / 1.402;
}

/// Averages over a fine grid on which pixels and samples both have whole sizes.
Ink ink_at(const OraclePicture& picture, std::size_t c, int sample_x, int sample_y, const PreparedMark& mark,
           Point position, bool rgb_inside) {
  const OracleComponent& component = picture.components[c];
  Ink ink;
  for (int fine_y = 0; fine_y < picture.max_vertical; ++fine_y) {
    for (int fine_x = 0; fine_x < picture.max_horizontal; ++fine_x) {
      const int x =
          std::min((sample_x * picture.max_horizontal + fine_x) / component.horizontal, picture.width - 1);
      const int y =
          std::min((sample_y * picture.max_vertical + fine_y) / component.vertical, picture.height - 1);
      const int column = x - position.x;
      const int row = y - position.y;
      if (column < 0 || row < 0 || column >= mark.size.width || row >= mark.size.height) continue;
      const auto pixel = static_cast<std::size_t>(row * mark.size.width + column);
      const double alpha = mark.alpha[pixel] / 255.0;
      ink.alpha += alpha;
      ink.colour += alpha * mark_colour(mark, pixel, c, picture.components.size(), rgb_inside);
    }
  }
  const double area = picture.max_horizontal * picture.max_vertical;
  return {ink.alpha / area, ink.colour / area};
}

Samples samples_of(const CoefficientBlock& block, const OracleComponent& component) {
  Samples values{};
  for (std::size_t i = 0; i < 64; ++i) values[i] = double{1} * block[i] * component.quantisers[i];
  values = transform(values, true);
  for (double& value : values) value = std::clamp(value + 128, 0.0, 255.0);
  return values;
}

double error_of(const Samples& a, const Samples& b) {
  double sum = 0;
  for (std::size_t i = 0; i < 64; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace

OraclePicture read_by_libjpeg(jpeg::Bytes file) {
  Reader reader;
  jvirt_barray_ptr* arrays = nullptr;
  OraclePicture picture;
  if (read_coefficients(reader, file, arrays)) {
    copy(reader, arrays, picture);
  } else {
    picture.error = reader.message.data();
  }
  picture.warning = reader.warning.data();
  jpeg_destroy_decompress(&reader.decoder);
  return picture;
}

std::optional<OraclePixels> luma_by_libjpeg(jpeg::Bytes file) {
  Reader reader;
  std::vector<JSAMPLE> samples;
  bool read = start_pixels(reader, file);
  const auto bands = static_cast<std::size_t>(std::max(reader.decoder.output_components, 1));
  const std::size_t row_bytes = reader.decoder.output_width * bands;
  if (read) {
    samples.resize(row_bytes * reader.decoder.output_height);
    read = read_pixels(reader, samples.data(), row_bytes);
  }
  OraclePixels luma{.width = static_cast<int>(reader.decoder.output_width), .bands = 1};
  const bool clean = reader.errors.num_warnings == 0;
  jpeg_destroy_decompress(&reader.decoder);
  if (!read || !clean) return std::nullopt;
  for (std::size_t i = 0; i < samples.size(); i += bands) luma.samples.push_back(samples[i]);
  return luma;
}

std::vector<std::string> other_segments(jpeg::Bytes file) {
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  const auto byte = [&file](std::size_t at) -> unsigned {
    return at < file.size() ? std::to_integer<unsigned>(file[at]) : 0U;
  };
  std::vector<std::string> found;
  for (std::size_t at = 2; at < text.size();) {
    while (at < text.size() && (byte(at) != 0xff || byte(at + 1) == 0)) ++at;  // stray bytes
    std::size_t code_at = at;
    while (byte(code_at) == 0xff) ++code_at;
    const unsigned code = byte(code_at);
    if (code == 0x01 || (code >= 0xd0 && code <= 0xd7)) {
      at = code_at + 1;
      continue;
    }
    if (code == 0xd9) {
      found.push_back(text.substr(code_at + 1));
      break;
    }
    const std::size_t end = code_at + 1 + byte(code_at + 1) * 256U + byte(code_at + 2);
    const bool coding = (code >= 0xc0 && code <= 0xcf) || code == 0xda || code == 0xdd;
    if (!coding) found.push_back(text.substr(at, end - at));
    at = end;
    if (code != 0xda) continue;
    while (at < text.size() &&
           (byte(at) != 0xff || byte(at + 1) == 0 || (byte(at + 1) >= 0xd0 && byte(at + 1) <= 0xd7))) {
      ++at;
    }
  }
  return found;
}

Fidelity fidelity(const OraclePicture& source, const OraclePicture& marked,
                  const std::vector<jpeg::MarkLayer>& layers, bool rgb_inside) {
  double ideal = 0;
  double ours = 0;
  double count = 0;
  for (std::size_t c = 0; c < source.components.size(); ++c) {
    const OracleComponent& component = source.components[c];
    for (int row = 0; row < component.real_rows; ++row) {
      for (int column = 0; column < component.real_columns; ++column) {
        Samples wanted = samples_of(component.block(column, row), component);
        bool inked = false;
        for (const jpeg::MarkLayer& layer : layers) {
          for (const Point position : layer.positions) {
            for (std::size_t i = 0; i < 64; ++i) {
              const Ink ink = ink_at(source, c, column * 8 + static_cast<int>(i % 8),
                                     row * 8 + static_cast<int>(i / 8), *layer.mark, position, rgb_inside);
              inked = inked || ink.alpha > 0;
              wanted[i] = wanted[i] * (1 - ink.alpha * layer.opacity) + ink.colour * layer.opacity;
            }
          }
        }
        if (!inked) continue;
        Samples shifted = wanted;
        for (double& value : shifted) value -= 128;
        const Samples coefficients = transform(shifted, false);
        CoefficientBlock best{};
        for (std::size_t i = 0; i < 64; ++i) {
          best[i] = static_cast<std::int16_t>(std::lround(coefficients[i] / component.quantisers[i]));
        }
        ideal += error_of(samples_of(best, component), wanted);
        ours += error_of(samples_of(marked.components[c].block(column, row), component), wanted);
        count += 64;
      }
    }
  }
  if (count == 0) return {};
  const auto decibels = [count](double error) { return 10 * std::log10(255 * 255 / (error / count + 1e-9)); };
  return {decibels(ideal), decibels(ours)};
}

}  // namespace wm::test
