// Pictures of many modes through the real programs: each comes out in its mode, or it is said what it became.
// The whole matrix, with what other programs write, is docs/formats.md.

#include <string>
#include <tuple>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

bool in_mark(int x, int y) {
  return x >= mark_left && x < mark_left + mark_width && y >= mark_top && y < mark_top + mark_height;
}

std::size_t samples_changed_outside(const Pixels& before, const Pixels& after) {
  REQUIRE(std::tie(before.width, before.height, before.bands) ==
          std::tie(after.width, after.height, after.bands));
  std::size_t changed = 0;
  for (int y = 0; y < before.height; ++y) {
    for (int x = 0; x < before.width; ++x) {
      for (int band = 0; band < before.bands; ++band) {
        if (!in_mark(x, y) && before.at(x, y, band) != after.at(x, y, band)) ++changed;
      }
    }
  }
  return changed;
}

/// Depth, colour type and interlacing of a PNG: ISO/IEC 15948, 11.2.2.
std::string png_mode(const std::string& file) {
  return file.substr(24, 2) + file.substr(28, 1);
}

/// Marker and factors of a JPEG's frame: ITU T.81 B.2.2.
std::string jpeg_mode(const std::string& file) {
  for (const std::string marker : {"\xFF\xC0", "\xFF\xC2"}) {
    const std::size_t at = file.find(marker);
    if (at == std::string::npos) continue;
    std::string mode = marker;
    const auto components = std::size_t{static_cast<unsigned char>(file[at + 9])};
    for (std::size_t i = 0; i < components; ++i) mode += file[at + 11 + 3 * i];
    return mode;
  }
  return "none";
}

struct Mode {
  const char* file;
  int bands;
  const char* ending;  // as libvips takes it, with options
};

}  // namespace

TEST_CASE("lossless pictures of every mode keep it, and every sample without a mark") {
  const Job job;
  const std::vector<Mode> modes{
      {"grey.png", 1, ".png"},
      {"grey-alpha.png", 2, ".png"},
      {"rgb.png", 3, ".png"},
      {"rgba.png", 4, ".png"},
      {"interlaced.png", 3, ".png[interlace]"},
      {"palette.png", 3, ".png[palette,Q=80,bitdepth=8]"},
      {"palette-alpha.png", 4, ".png[palette,bitdepth=8]"},
      {"grey.tif", 1, ".tif[compression=lzw]"},
      {"tiled.tif", 3, ".tif[compression=deflate,tile]"},
      {"rgba.tif", 4, ".tif"},
      {"big.tif", 3, ".tif[bigtiff]"},
      {"lossless.webp", 3, ".webp[lossless]"},
      {"still.gif", 3, ".gif"},
  };
  for (const Mode& mode : modes) {
    write_file(job.in(mode.file), encoded(sample_pixels(64, 48, mode.bands), mode.ending));
  }
  const ProgramResult result = job.run({"--verify"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  for (const Mode& mode : modes) {
    CAPTURE(mode.file);
    const std::string before = read_file(job.in(mode.file));
    const std::string after = read_file(job.out(mode.file));
    CHECK(samples_changed_outside(decoded(before), decoded(after)) == 0);
    if (std::string(mode.file).ends_with(".png")) {
      // A palette in full use has no room for the mark's colours, and may become RGB; this is said.
      const bool palette = before[25] == 3;
      if (!palette || after[25] == 3) CHECK(png_mode(after) == png_mode(before));
    }
  }
}

TEST_CASE("sampling and progression of JPEG files are kept") {
  const Job job;
  const std::vector<Mode> modes{{"grey.jpg", 1, ".jpg"},
                                {"420.jpg", 3, ".jpg[Q=80]"},
                                {"444.jpg", 3, ".jpg[Q=95,subsample_mode=off]"},
                                {"progressive.jpg", 3, ".jpg[Q=80,interlace]"}};
  for (const Mode& mode : modes) {
    write_file(job.in(mode.file), encoded(sample_pixels(64, 48, mode.bands), mode.ending));
  }
  CHECK(job.run({"--verify", "--jpeg-path", "pixel"}).exit_code == 0);
  for (const Mode& mode : modes) {
    CAPTURE(mode.file);
    CHECK(jpeg_mode(read_file(job.out(mode.file))) == jpeg_mode(read_file(job.in(mode.file))));
  }
}

}  // namespace wm::test
