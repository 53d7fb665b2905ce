#include "tests/support/avif_files.h"

#include <avif/avif.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/run_program.h"
#include "tests/support/skip.h"

namespace wm::test {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Image = std::unique_ptr<avifImage, Release<&avifImageDestroy>>;
using Encoder = std::unique_ptr<avifEncoder, Release<&avifEncoderDestroy>>;

avifPixelFormat format_of(const std::string& chroma) {
  if (chroma == "422") return AVIF_PIXEL_FORMAT_YUV422;
  if (chroma == "420") return AVIF_PIXEL_FORMAT_YUV420;
  if (chroma == "400") return AVIF_PIXEL_FORMAT_YUV400;
  return AVIF_PIXEL_FORMAT_YUV444;
}

void check_avif(avifResult result) {
  INFO(avifResultToString(result));
  REQUIRE(result == AVIF_RESULT_OK);
}

const std::uint8_t* unsigned_bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// A sample of frame `frame`, from the darkest to the lightest that the range has.
unsigned sample_at(const AvifRecipe& recipe, std::uint32_t x, std::uint32_t y, int plane, std::size_t frame) {
  const double full = (1U << static_cast<unsigned>(recipe.depth)) - 1.0;
  double value = plane == 0 ? 0.2 + 0.5 * (x + y) / (recipe.width + recipe.height) +
                                  0.02 * static_cast<double>(frame % 8)
                 : plane == 1 ? 0.45 + 0.1 * x / recipe.width
                 : plane == 2 ? 0.55 - 0.1 * y / recipe.height
                              : 0.5 + 0.5 * y / recipe.height;
  if (recipe.grey_level >= 0 && plane < 3) value = plane == 0 ? recipe.grey_level / 255.0 : 0.5;
  return static_cast<unsigned>(value * full + 0.5);
}

void fill(std::uint8_t* first, std::uint32_t row_bytes, std::uint32_t width, std::uint32_t height, int plane,
          const AvifRecipe& recipe, std::size_t frame) {
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const unsigned value = sample_at(recipe, x, y, plane, frame);
      std::uint8_t* const row = first + std::size_t{y} * row_bytes;
      if (recipe.depth == 8) {
        row[x] = static_cast<std::uint8_t>(value);
      } else {
        const auto wide = static_cast<std::uint16_t>(value);
        std::memcpy(row + 2 * std::size_t{x}, &wide, 2);
      }
    }
  }
}

void set_transforms(const AvifRecipe& recipe, avifImage& image) {
  if (recipe.rotation) {
    image.transformFlags |= AVIF_TRANSFORM_IROT;
    image.irot.angle = static_cast<std::uint8_t>(*recipe.rotation);
  }
  if (recipe.mirror) {
    image.transformFlags |= AVIF_TRANSFORM_IMIR;
    image.imir.mode = static_cast<std::uint8_t>(*recipe.mirror);
  }
  if (recipe.crop) {
    const avifCropRect rect{(*recipe.crop)[0], (*recipe.crop)[1], (*recipe.crop)[2], (*recipe.crop)[3]};
    avifDiagnostics diagnostics{};
    image.transformFlags |= AVIF_TRANSFORM_CLAP;
    REQUIRE(avifCleanApertureBoxConvertCropRect(&image.clap, &rect, image.width, image.height,
                                                image.yuvFormat, &diagnostics) != 0);
  }
  if (recipe.pixel_aspect) {
    image.transformFlags |= AVIF_TRANSFORM_PASP;
    image.pasp = {(*recipe.pixel_aspect)[0], (*recipe.pixel_aspect)[1]};
  }
}

Image frame_of(const AvifRecipe& recipe, std::size_t frame) {
  const auto width = static_cast<std::uint32_t>(recipe.width),
             height = static_cast<std::uint32_t>(recipe.height);
  Image image(
      avifImageCreate(width, height, static_cast<std::uint32_t>(recipe.depth), format_of(recipe.chroma)));
  image->yuvRange = recipe.full_range ? AVIF_RANGE_FULL : AVIF_RANGE_LIMITED;
  image->colorPrimaries = static_cast<avifColorPrimaries>(recipe.cicp[0]);
  image->transferCharacteristics = static_cast<avifTransferCharacteristics>(recipe.cicp[1]);
  image->matrixCoefficients = static_cast<avifMatrixCoefficients>(recipe.cicp[2]);
  image->alphaPremultiplied = recipe.premultiplied ? AVIF_TRUE : AVIF_FALSE;
  check_avif(avifImageAllocatePlanes(image.get(), recipe.alpha ? AVIF_PLANES_ALL : AVIF_PLANES_YUV));
  avifPixelFormatInfo info{};
  avifGetPixelFormatInfo(image->yuvFormat, &info);
  fill(image->yuvPlanes[0], image->yuvRowBytes[0], width, height, 0, recipe, frame);
  if (info.monochrome == 0) {
    const auto chroma = [](std::uint32_t size, int shift) { return (size + (1U << shift) - 1) >> shift; };
    for (const int plane : {1, 2}) {
      fill(image->yuvPlanes[plane], image->yuvRowBytes[plane], chroma(width, info.chromaShiftX),
           chroma(height, info.chromaShiftY), plane, recipe, frame);
    }
  }
  if (recipe.alpha) fill(image->alphaPlane, image->alphaRowBytes, width, height, 3, recipe, frame);
  if (!recipe.icc.empty())
    avifImageSetProfileICC(image.get(), unsigned_bytes_of(recipe.icc), recipe.icc.size());
  if (!recipe.exif.empty())
    avifImageSetMetadataExif(image.get(), unsigned_bytes_of(recipe.exif), recipe.exif.size());
  if (!recipe.xmp.empty())
    avifImageSetMetadataXMP(image.get(), unsigned_bytes_of(recipe.xmp), recipe.xmp.size());
  image->transformFlags = AVIF_TRANSFORM_NONE;
  set_transforms(recipe, *image);
  return image;
}

const std::string& avifdec() {
  static const std::string path = "/usr/bin/avifdec";
  if (::access(path.c_str(), X_OK) != 0) skip("avifdec (libavif-bin) is not installed");
  return path;
}

}  // namespace

std::string avif_file(const AvifRecipe& recipe) {
  const Encoder encoder(avifEncoderCreate());
  encoder->speed = 9;
  encoder->maxThreads = 1;
  encoder->timescale = 100;
  encoder->minQuantizer = encoder->maxQuantizer = AVIF_QUANTIZER_LOSSLESS;
  encoder->minQuantizerAlpha = encoder->maxQuantizerAlpha = AVIF_QUANTIZER_LOSSLESS;
  const bool still = recipe.durations.empty();
  for (std::size_t i = 0; i < (still ? 1 : recipe.durations.size()); ++i) {
    const Image image = frame_of(recipe, i);
    check_avif(avifEncoderAddImage(encoder.get(), image.get(), still ? 1 : recipe.durations[i],
                                   still ? AVIF_ADD_IMAGE_FLAG_SINGLE : AVIF_ADD_IMAGE_FLAG_NONE));
  }
  avifRWData output{nullptr, 0};
  check_avif(avifEncoderFinish(encoder.get(), &output));
  std::string file(reinterpret_cast<const char*>(output.data), output.size);
  avifRWDataFree(&output);
  return file;
}

std::string AvifInfo::of(const std::string& word) const {
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find_first_not_of(" *");
    const auto colon = line.find(": ");
    if (first == std::string::npos || colon == std::string::npos) continue;
    const std::string label = line.substr(first, colon - first);
    if (label.substr(0, label.find_last_not_of(' ') + 1) == word) return line.substr(colon + 2);
  }
  return {};
}

AvifInfo avif_info(const std::string& path) {
  const ProgramResult result = run_program({avifdec(), "--info", path});
  return {result.exit_code == 0 ? result.out : std::string()};
}

std::string planes_by_avifdec(const std::string& path, int frame) {
  const std::string to = path + "." + std::to_string(frame) + ".y4m";
  const ProgramResult result =
      run_program({avifdec(), "--index", std::to_string(frame), "--jobs", "1", path, to});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  std::ifstream file(to, std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::filesystem::remove(to);
  return all.substr(all.find("FRAME\n") + 6);
}

}  // namespace wm::test
