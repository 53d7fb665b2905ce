// Options of encoding through the whole pipeline: what the bytes of the output say, by parsers of the test's
// own.

#include <algorithm>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "tests/unit/worker/support/profiles.h"
#include "worker/palette/gif_writer.h"
#include "worker/stages/turn_upright.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

VImage as_rgb(const VImage& image) {
  return image.cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .copy_memory();
}

/// Smooth colours without symmetry.
VImage gradients(int width = 128, int height = 96) {
  start_vips();
  const VImage xy = VImage::xyz(width, height);
  return as_rgb((xy.extract_band(0) * (200.0 / width))
                    .bandjoin(xy.extract_band(1) * (200.0 / height))
                    .bandjoin(xy.extract_band(0) * (100.0 / width) + xy.extract_band(1) * (90.0 / height)));
}

/// Quantisation tables by number, and the sampling factors of the components.
struct JpegHeader {
  std::map<int, std::string> tables;
  std::string factors;
  bool progressive = false;
};
JpegHeader header_of(const std::string& file) {
  JpegHeader header;
  for (const auto& [marker, payload] : jpeg_segments(file)) {
    if (marker == 0xDB) {
      for (std::size_t at = 0; at + 64 < payload.size(); at += 65) {
        header.tables[payload[at]] = payload.substr(at + 1, 64);
      }
    }
    if (marker == 0xC0 || marker == 0xC2) {
      header.progressive = marker == 0xC2;
      for (std::size_t at = 6; at + 2 < payload.size(); at += 3) header.factors += payload[at + 1];
    }
  }
  return header;
}

struct EncodeFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(20, 10, {255, 0, 0, 255}), out.path());
  Encoding& encoding = job.recipe.encoding;
  EncodeFixture() { job.verify = true; }

  RunResult run_on(const std::string& name, const std::string& bytes) const {
    write_file(in / name, bytes);
    return run_file(name);
  }
  RunResult run_file(const std::string& name) const {
    const RunResult result = run(job, in / name, name);
    INFO((result.failure ? result.failure->message : std::string("marked")));
    CHECK_FALSE(result.failure);
    return result;
  }
  std::string output(const std::string& name) const { return read_file(out / name); }
  VImage picture(const std::string& name) const {
    return VImage::new_from_file((out / name).c_str()).copy_memory();
  }
};

double largest_difference(const VImage& a, const VImage& b) {
  REQUIRE(a.width() == b.width());
  REQUIRE(a.height() == b.height());
  REQUIRE(a.bands() == b.bands());
  return (a - b).abs().max();
}

std::string png_with(const VImage& image, vips::VOption* options, const std::string& path) {
  image.pngsave(path.c_str(), options);
  return read_file(path);
}

}  // namespace

TEST_CASE_METHOD(EncodeFixture, "a JPEG keeps tables that no quality has, and its sampling factors") {
  gradients().jpegsave((in / "x.jpg").c_str(), VImage::option()->set("Q", 80));
  std::string file = read_file(in / "x.jpg");
  const std::size_t luma = file.find("\xFF\xDB") + 5;
  for (std::size_t i = 0; i < 64; ++i) file[luma + i] = static_cast<char>(3 + i % 7);
  run_on("x.jpg", file);
  const JpegHeader before = header_of(file);
  const JpegHeader after = header_of(output("x.jpg"));
  REQUIRE(before.tables.size() == 2);
  CHECK(after.tables == before.tables);
  CHECK(after.factors == before.factors);
  encoding.quality = 50;
  run_on("x.jpg", file);
  CHECK(header_of(output("x.jpg")).tables != before.tables);
}

TEST_CASE_METHOD(EncodeFixture, "subsampling is what is asked for, and is then kept") {
  gradients().jpegsave((in / "x.jpg").c_str());
  const std::vector<std::pair<Subsampling, std::string>> kinds{{Subsampling::s444, "\x11\x11\x11"},
                                                               {Subsampling::s422, "\x21\x11\x11"},
                                                               {Subsampling::s420, "\x22\x11\x11"}};
  for (const auto& [kind, factors] : kinds) {
    encoding.subsampling = kind;
    run_file("x.jpg");
    CHECK(header_of(output("x.jpg")).factors == factors);
    encoding.subsampling = Subsampling::keep;
    run_on("y.jpg", output("x.jpg"));
    CHECK(header_of(output("y.jpg")).factors == factors);
  }
}

TEST_CASE_METHOD(EncodeFixture, "turned by 90 degrees, sampling turns as well") {
  encoding.subsampling = Subsampling::s422;
  VImage image = gradients().copy();
  image.set(VIPS_META_ORIENTATION, 6);
  image.jpegsave((in / "x.jpg").c_str());
  run_file("x.jpg");
  encoding.subsampling = Subsampling::keep;
  encoding.autorotate = true;
  run_on("y.jpg", output("x.jpg"));
  CHECK(header_of(output("y.jpg")).factors == "\x12\x11\x11");
  CHECK(picture("y.jpg").width() == 96);
}

TEST_CASE_METHOD(EncodeFixture, "progression and interlacing are asked for, refused or kept") {
  for (const bool input : {false, true}) {
    gradients().jpegsave((in / "x.jpg").c_str(), VImage::option()->set("interlace", input));
    gradients().pngsave((in / "x.png").c_str(), VImage::option()->set("interlace", input));
    for (const KeepOr choice : {KeepOr::keep, KeepOr::yes, KeepOr::no}) {
      CAPTURE(input, static_cast<int>(choice));
      encoding.progressive = choice;
      const bool expected = choice == KeepOr::keep ? input : choice == KeepOr::yes;
      run_file("x.jpg");
      run_file("x.png");
      CHECK(header_of(output("x.jpg")).progressive == expected);
      CHECK((output("x.png")[28] == 1) == expected);
    }
  }
}

TEST_CASE_METHOD(EncodeFixture,
                 "WebP is lossless when asked, when the input was, and never against the wish") {
  const VImage image = gradients();
  image.webpsave((in / "loss.webp").c_str());
  image.webpsave((in / "less.webp").c_str(), VImage::option()->set("lossless", true));
  const auto is_lossless = [&](const std::string& name) {
    run_file(name);
    return output(name).find("VP8L") != std::string::npos;
  };
  CHECK_FALSE(is_lossless("loss.webp"));
  CHECK(is_lossless("less.webp"));
  encoding.quality = 80;
  CHECK_FALSE(is_lossless("less.webp"));
  encoding.lossless = KeepOr::yes;
  CHECK(is_lossless("loss.webp"));
  encoding.quality.reset();
  encoding.lossless = KeepOr::no;
  CHECK_FALSE(is_lossless("less.webp"));
}

TEST_CASE_METHOD(EncodeFixture, "PNG compression changes the size and no pixel") {
  gradients().pngsave((in / "x.png").c_str());
  encoding.png_compression = 0;
  run_file("x.png");
  const std::size_t stored = output("x.png").size();
  const VImage first = picture("x.png");
  encoding.png_compression = 9;
  run_file("x.png");
  CHECK(output("x.png").size() < stored / 4);
  CHECK(largest_difference(first, picture("x.png")) == 0);
}

TEST_CASE_METHOD(EncodeFixture, "a palette stays one, and every pixel without a mark its colour") {
  for (const int depth : {1, 2, 4, 8}) {
    for (const bool interlaced : {false, true}) {
      CAPTURE(depth, interlaced);
      const std::string file = png_with(
          gradients(),
          VImage::option()->set("palette", true)->set("bitdepth", depth)->set("interlace", interlaced),
          in / "p.png");
      REQUIRE(file[25] == 3);
      const VImage before = VImage::new_from_file((in / "p.png").c_str()).copy_memory();
      const RunResult result = run_file("p.png");
      CHECK(output("p.png")[25] == 3);
      CHECK((output("p.png")[28] == 1) == interlaced);
      const VImage after = picture("p.png");
      CHECK(largest_difference(before.crop(0, 0, 128, 86), after.crop(0, 0, 128, 86)) == 0);
      CHECK(largest_difference(before.crop(0, 0, 108, 96), after.crop(0, 0, 108, 96)) == 0);
      if (output("p.png")[24] != depth) {
        CHECK(result.published.notes == std::to_string(depth) + (depth == 1 ? " bit" : " bits") +
                                            " a pixel became 8: the marks' colours");
        CHECK(after.getpoint(118, 91)[0] == 255);
      }
    }
  }
}

TEST_CASE_METHOD(EncodeFixture, "a palette without room for the marks becomes RGB, which is said") {
  // 256 greys, all in use, and a mark of another colour.
  const VImage grey = VImage::xyz(128, 96).extract_band(0) * 2 + (VImage::xyz(128, 96).extract_band(1) & 1);
  png_with(as_rgb(grey.bandjoin(grey).bandjoin(grey)),
           VImage::option()->set("palette", true)->set("dither", 0.0), in / "p.png");
  const VImage before = VImage::new_from_file((in / "p.png").c_str()).copy_memory();
  const RunResult result = run_file("p.png");
  const VImage after = picture("p.png");
  CHECK(largest_difference(before.crop(0, 0, 108, 96), after.crop(0, 0, 108, 96)) == 0);
  CHECK(output("p.png")[25] == 2);
  CHECK(result.published.notes == "the palette became RGB: more than 256 colours");
  CHECK(after.getpoint(118, 91) == std::vector<double>{255, 0, 0});
}

TEST_CASE_METHOD(EncodeFixture, "black and white stays so for a black mark, and a grey one is noted") {
  const VImage stripes = (VImage::xyz(64, 48).extract_band(1).cast(VIPS_FORMAT_INT) & 4) > 0;
  const VImage image =
      stripes.cast(VIPS_FORMAT_UCHAR).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  image.pngsave((in / "b.png").c_str(), VImage::option()->set("bitdepth", 1));
  image.tiffsave(
      (in / "b.tif").c_str(),
      VImage::option()->set("bitdepth", 1)->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_CCITTFAX4));
  job.recipe.marks[0].source = plain_logo(20, 10, {0, 0, 0, 255});
  for (const std::string name : {"b.png", "b.tif"}) {
    CAPTURE(name);
    const VImage before = VImage::new_from_file((in / name).c_str()).copy_memory();
    CHECK(run_file(name).published.notes.empty());
    const VImage after = picture(name);
    CHECK(largest_difference(before.crop(0, 0, 64, 38), after.crop(0, 0, 64, 38)) == 0);
    CHECK(after.crop(44, 38, 20, 10).max() == 0);
  }
  CHECK(output("b.png")[24] == 1);
  CHECK(picture("b.tif").get_typeof("bits-per-sample") == 0);
  job.recipe.marks[0].opacity = 0.5;
  CHECK(run_file("b.png").published.notes == "1 bit became 8: the marks' shades of grey");
  CHECK(output("b.png")[24] == 8);
}

TEST_CASE_METHOD(EncodeFixture, "a faint mark is seen on few shades, whatever depth that takes") {
  const VImage white = (VImage::black(64, 48) + 255)
                           .cast(VIPS_FORMAT_UCHAR)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  job.recipe.marks[0].source = plain_logo(20, 10, {0, 0, 0, 255});
  job.recipe.marks[0].opacity = 0.03;  // 8 levels of 255
  for (const int depth : {1, 2, 4}) {
    white.pngsave((in / "w.png").c_str(), VImage::option()->set("bitdepth", depth));
    white.tiffsave((in / "w.tif").c_str(), VImage::option()->set("bitdepth", depth));
    for (const std::string name : {"w.png", "w.tif"}) {
      CAPTURE(depth, name);
      const std::string bits = std::to_string(depth) + (depth == 1 ? " bit" : " bits");
      CHECK(run_file(name).published.notes == bits + " became 8: the marks' shades of grey");
      CHECK(picture(name).crop(44, 38, 20, 10).max() < 255);
      CHECK(picture(name).crop(0, 0, 44, 48).min() == 255);
    }
  }
}

TEST_CASE_METHOD(EncodeFixture, "a faint mark is seen beside 256 colours that are far from it") {
  // White, and 255 colours with no blue in them; all in use.
  const VImage number = VImage::xyz(64, 48).extract_band(1) % 4 * 64 + VImage::xyz(64, 48).extract_band(0);
  const VImage red = number % 16 * 17, green = (number / 16).floor() * 17;
  const VImage colours = red.bandjoin(green).bandjoin(red * 0);
  const VImage seen =
      (number == 255).ifthenelse(VImage::black(64, 48).new_from_image({255.0, 255.0, 255.0}), colours);
  const VImage image =
      as_rgb(seen.cast(VIPS_FORMAT_UCHAR))
          .insert(
              as_rgb(
                  (VImage::black(20, 10, VImage::option()->set("bands", 3)) + 255).cast(VIPS_FORMAT_UCHAR)),
              44, 38);
  png_with(image, VImage::option()->set("palette", true)->set("dither", 0.0), in / "f.png");
  job.recipe.marks[0].source = plain_logo(20, 10, {0, 0, 0, 255});
  job.recipe.marks[0].opacity = 0.05;
  const VImage before = VImage::new_from_file((in / "f.png").c_str()).copy_memory();
  REQUIRE(before.getpoint(50, 42)[2] == 255);
  CHECK(run_file("f.png").published.notes == "the palette became RGB: more than 256 colours");
  CHECK(picture("f.png").getpoint(50, 42)[2] == Approx(242).margin(2));
}

TEST_CASE_METHOD(EncodeFixture, "frames of a GIF with full palettes of their own change in the marks only") {
  VImage strip = gradients(64, 48);
  strip = strip.join(strip.rot(VIPS_ANGLE_D180), VIPS_DIRECTION_VERTICAL)
              .join(strip.invert(), VIPS_DIRECTION_VERTICAL)
              .copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 48);
  strip.gifsave((in / "a.gif").c_str());
  const auto load = [](const std::string& path) {
    const VImage frames = VImage::gifload(path.c_str(), VImage::option()->set("n", -1)).copy_memory();
    if (frames.has_alpha()) CHECK(frames.extract_band(3).min() == 255);
    return frames.extract_band(0, VImage::option()->set("n", 3)).copy_memory();
  };
  run_file("a.gif");
  const VImage before = load(in / "a.gif");
  const VImage after = load(out / "a.gif");
  for (int frame = 0; frame < 3; ++frame) {
    CAPTURE(frame);
    CHECK(largest_difference(before.crop(0, 48 * frame, 64, 38), after.crop(0, 48 * frame, 64, 38)) == 0);
    CHECK(largest_difference(before.crop(0, 48 * frame, 44, 48), after.crop(0, 48 * frame, 44, 48)) == 0);
  }
}

TEST_CASE_METHOD(EncodeFixture,
                 "with autorotate every format shows upright pixels what a viewer saw before") {
  job.recipe.marks[0].gravity = Gravity::northeast;
  for (const std::string suffix : {".jpg", ".png", ".tif", ".webp"}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(suffix, orientation);
      VImage image = gradients().copy();
      image.set(VIPS_META_ORIENTATION, orientation);
      const std::string name = "x" + suffix;
      if (suffix == ".webp") {
        image.webpsave((in / name).c_str(), VImage::option()->set("lossless", true));
      } else if (suffix == ".jpg") {
        image.jpegsave((in / name).c_str(),
                       VImage::option()->set("Q", 95)->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF));
      } else if (suffix == ".png") {
        // libvips writes no EXIF of its own into a PNG.
        image.pngsave((in / name).c_str());
        std::string file = read_file(in / name);
        file.insert(33, png_chunk("eXIf", "MM\0\x2A\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0"s +
                                              static_cast<char>(orientation) + "\0\0\0\0\0\0"s));
        write_file(in / name, file);
      } else {
        image.write_to_file((in / name).c_str());
      }
      encoding.autorotate = false;
      run_file(name);
      const VImage tagged = picture(name);
      CHECK(vips_image_get_orientation(tagged.get_image()) == orientation);
      const VImage seen = tagged.autorot().copy_memory();
      encoding.autorotate = true;
      run_file(name);
      const VImage upright = picture(name);
      CHECK(vips_image_get_orientation(upright.get_image()) == 1);
      // A JPEG's coding differs with the way its blocks lie.
      CHECK(largest_difference(seen, upright) <= (suffix == ".jpg" ? 40 : 0));
      CHECK((seen - upright).abs().avg() < 0.7);
    }
  }
}

TEST_CASE_METHOD(EncodeFixture, "every page is turned by itself") {
  VImage strip = gradients(40, 30).join(gradients(40, 30).invert(), VIPS_DIRECTION_VERTICAL).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.set(VIPS_META_ORIENTATION, 6);
  strip.tiffsave((in / "p.tif").c_str());
  encoding.autorotate = true;
  job.recipe.marks[0].offset_x = {-1000};  // off the picture
  run_file("p.tif");
  const VImage after =
      VImage::tiffload((out / "p.tif").c_str(), VImage::option()->set("n", -1)).copy_memory();
  REQUIRE(after.width() == 30);
  REQUIRE(after.height() == 80);
  for (int page = 0; page < 2; ++page) {
    CHECK(largest_difference(strip.crop(0, 30 * page, 40, 30).rot(VIPS_ANGLE_D90),
                             after.crop(0, 40 * page, 30, 40)) == 0);
  }
}

TEST_CASE_METHOD(EncodeFixture, "the thumbnail in the metadata shows the marked picture") {
  job = job_with(plain_logo(96, 128, {255, 255, 255, 255})  // as it is seen: orientation 6
                 ,
                 out.path());
  const std::string exif = exif_block({.thumbnail = plain_jpeg(160, 120, 40)});
  const std::string file = jpeg_with(plain_jpeg(128, 96, 40), jpeg_segment(0xE1, "Exif\0\0"s + exif));
  const auto level = [&](OutputFormat format, ThumbnailPolicy policy) {
    job.recipe.encoding.format = format;
    job.recipe.encoding.thumbnail = policy;
    run_on("x", file);
    const auto block = metadata::find_exif(bytes_of(output("x")));
    return mean_level(thumbnail_of(string_of(block)));
  };
  for (const OutputFormat format : {OutputFormat::keep, OutputFormat::png, OutputFormat::webp}) {
    CAPTURE(static_cast<int>(format));
    CHECK(level(format, ThumbnailPolicy::remake) > 240);
    CHECK(std::abs(level(format, ThumbnailPolicy::keep) - 40) < 3);
    CHECK(level(format, ThumbnailPolicy::strip) == -1);
  }
}

TEST_CASE_METHOD(EncodeFixture,
                 "metadata of a JPEG are carried byte for byte, and policies and texts are obeyed") {
  const std::string exif = "Exif\0\0"s + exif_block({});
  const std::string file =
      jpeg_with(plain_jpeg(128, 96, 90),
                jpeg_segment(0xE1, exif) + jpeg_segment(0xE5, "unknown") + jpeg_segment(0xFE, "hello"));
  CHECK(run_on("x.jpg", file).published.notes.empty());
  CHECK(payloads(output("x.jpg"), 0xE1, "Exif") == std::vector<std::string>{exif});
  CHECK(payloads(output("x.jpg"), 0xE5, "").size() == 1);
  CHECK(payloads(output("x.jpg"), 0xFE, "hello").size() == 1);
  encoding.metadata = MetadataPolicy::none;
  run_on("x.jpg", file);
  CHECK(payloads(output("x.jpg"), 0xFE, "hello").empty());
  CHECK(output("x.jpg").find("MAKER") == std::string::npos);
  encoding.metadata = MetadataPolicy::keep;
  encoding.artist = "Grace";
  encoding.copyright = "all rights";
  for (const OutputFormat format :
       {OutputFormat::keep, OutputFormat::png, OutputFormat::webp, OutputFormat::tiff}) {
    encoding.format = format;
    run_on("x.jpg", file);
    CHECK(output("x.jpg").find("Grace") != std::string::npos);
    CHECK(output("x.jpg").find("all rights") != std::string::npos);
  }
}

TEST_CASE_METHOD(EncodeFixture, "metadata go to AVIF and come back from it") {
  load_heif_module();
  if (vips_type_find("VipsOperation", "heifsave_buffer") == 0) {
    skip("this libvips does not write AVIF");
  }
  const std::string xmp =
      "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "s +
      "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
      "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='a-title'/></rdf:RDF></x:xmpmeta>";
  gradients().jpegsave((in / "x.jpg").c_str(), VImage::option()->set("strip", true));
  const std::string file = jpeg_with(
      read_file(in / "x.jpg"), jpeg_segment(0xE1, "Exif\0\0"s + exif_block({})) + jpeg_segment(0xE1, xmp));
  encoding.format = OutputFormat::avif;
  encoding.avif_speed = 9;
  run_on("x.jpg", file);
  CHECK(output("x.jpg").find("a-title") != std::string::npos);
  const VImage avif = VImage::new_from_file((out / "x.jpg").c_str()).copy_memory();
  CHECK(avif.width() == 96);  // turned, since viewers of AVIF do not look at EXIF
  encoding.format = OutputFormat::jpeg;
  run_on("back.jpg", output("x.jpg"));
  CHECK(vips_image_get_orientation(picture("back.jpg").get_image()) == 1);
  CHECK(picture("back.jpg").width() == 96);
  CHECK(output("back.jpg").find("a-title") != std::string::npos);
  const auto main = view_exif(string_of(metadata::find_exif(bytes_of(output("back.jpg"))))).main;
  CHECK(main.count(0x013B) == 1);
}

TEST_CASE_METHOD(EncodeFixture, "what an output cannot keep is noted") {
  gradients().pngsave((in / "x.png").c_str());
  std::string file = read_file(in / "x.png");
  file.insert(33, png_chunk("acTL", number(2, 4) + number(0, 4)) + png_chunk("paTc", "?"));
  file.insert(file.size() - 12, png_chunk("fcTL", std::string(26, '\0')) + png_chunk("fdAT", "?????"));
  encoding.format = OutputFormat::webp;
  const std::string notes = run_on("x.png", file).published.notes;
  CAPTURE(notes);
  CHECK(notes.find("1 APNG frame") != std::string::npos);
  CHECK(notes.find("paTc") != std::string::npos);
}

TEST_CASE_METHOD(EncodeFixture,
                 "a mark whose colours differ on a GIF with a nearly full palette is reported") {
  start_vips();
  // The mark makes as many colours as there are under it.
  job.recipe.marks[0].source = plain_logo(40, 20, {255, 0, 0, 255});
  job.recipe.marks[0].opacity = 0.6;
  const auto notes_with = [&](int used) {
    std::vector<GifColour> blues;
    for (int i = 0; i < used; ++i) blues.push_back({0, 0, static_cast<std::uint8_t>(i)});
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 256 * 40; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 % used));
    GifWriter writer(256, 40, false, 0, blues);
    writer.add({.palette = blues, .indices = pixels});
    const auto bytes = writer.finish();
    return run_on("x.gif", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()))
        .published.notes;
  };
  CHECK(notes_with(255) == "frames whose palette has too few free entries for the marks' colours: 1");
  CHECK(notes_with(128).empty());
}

TEST_CASE_METHOD(EncodeFixture,
                 "a mark is seen in its colours on a GIF whose palette is full, and that is reported") {
  start_vips();
  std::vector<GifColour> blues;
  std::vector<std::uint8_t> columns;
  for (int i = 0; i < 256; ++i) blues.push_back({0, 0, static_cast<std::uint8_t>(i)});
  for (int i = 0; i < 256 * 40; ++i) columns.push_back(static_cast<std::uint8_t>(i));
  for (const int frames : {1, 2}) {
    GifWriter writer(256, 40, frames > 1, 0, blues);
    for (int frame = 0; frame < frames; ++frame) writer.add({.palette = blues, .indices = columns});
    const auto bytes = writer.finish();
    const RunResult result =
        run_on("full.gif", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    CHECK(result.published.notes.find("full palette") != std::string::npos);
    const VImage after =
        VImage::gifload((out / "full.gif").c_str(), VImage::option()->set("n", -1)).copy_memory();
    REQUIRE(after.height() == frames * 40);
    REQUIRE(after.format() == VIPS_FORMAT_UCHAR);
    REQUIRE(after.bands() >= 3);
    const auto* const pixels = static_cast<const std::uint8_t*>(after.data());
    std::size_t off = 0;  // one of 256 blues gives way to the next
    for (int y = 0; y < after.height(); ++y) {
      for (int x = 0; x < after.width(); ++x) {
        const bool marked = x >= 236 && y % 40 >= 30;  // 20x10, southeast
        const std::uint8_t* const pixel = pixels + (y * after.width() + x) * after.bands();
        const int wanted[3] = {marked ? 255 : 0, 0, marked ? 0 : x};
        for (std::size_t band = 0; band < 3; ++band) off += std::abs(pixel[band] - wanted[band]) > 1;
      }
    }
    CHECK(off == 0);
  }
}

TEST_CASE_METHOD(EncodeFixture,
                 "a GIF whose later frames are transparent is seen as before without the mark") {
  start_vips();
  constexpr int side = 64;
  job.recipe.marks[0].opacity = 0.7;
  for (const int colours : {120, 200, 255}) {
    CAPTURE(colours);
    std::vector<GifColour> palette;
    for (int i = 0; i < colours; ++i) palette.push_back({static_cast<std::uint8_t>(i), 90, 200});
    std::vector<std::uint8_t> whole(side * side);
    for (int i = 0; i < side * side; ++i)
      whole[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i % colours);
    std::vector<std::uint8_t> half = whole;
    std::fill(half.begin(), half.begin() + side * side / 2, std::uint8_t{0});
    GifWriter writer(side, side, true, 0, palette);
    writer.add({.palette = palette, .indices = whole, .transparent = {}, .delay = 5});
    writer.add({.palette = palette, .indices = half, .transparent = std::uint8_t{0}, .delay = 5});
    writer.add({.palette = palette, .indices = whole, .transparent = {}, .delay = 5});
    writer.add({.palette = palette, .indices = half, .transparent = std::uint8_t{0}, .delay = 5});
    const auto bytes = writer.finish();
    run_on("t.gif", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    const VImage after = VImage::gifload((out / "t.gif").c_str(), VImage::option()->set("n", -1))
                             .extract_band(3)
                             .copy_memory();
    const auto* const alpha = static_cast<const std::uint8_t*>(after.data());
    constexpr std::size_t above_mark = 50 * side;
    for (std::size_t frame = 0; frame < 4; ++frame) {
      CAPTURE(frame);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < above_mark; ++i) {
        const bool transparent = frame % 2 == 1 && half[i] == 0;
        if (alpha[frame * side * side + i] != (transparent ? 0 : 255)) ++wrong;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE_METHOD(EncodeFixture, "transparency becomes white where the format has none") {
  VImage image = gradients();
  const VImage clear = image.extract_band(0) * 0;
  image.bandjoin(clear.cast(VIPS_FORMAT_UCHAR)).pngsave((in / "x.png").c_str());
  encoding.format = OutputFormat::jpeg;
  encoding.quality = 95;
  CHECK(run_file("x.png").published.notes == "transparency became white");
  const VImage seen = picture("x.png");  // the name is the job's to choose
  REQUIRE(seen.bands() == 3);
  CHECK(seen.crop(0, 0, 96, 80).min() >= 250);

  image.bandjoin((clear + 255).cast(VIPS_FORMAT_UCHAR)).pngsave((in / "opaque.png").c_str());
  CHECK(run_file("opaque.png").published.notes.empty());
}

TEST_CASE_METHOD(EncodeFixture, "an animated WebP keeps its delays and how often it plays") {
  start_vips();
  VImage strip = gradients(64, 48);
  strip = strip.join(strip.invert(), VIPS_DIRECTION_VERTICAL)
              .join(strip.rot(VIPS_ANGLE_D180), VIPS_DIRECTION_VERTICAL)
              .copy();
  strip.set(VIPS_META_PAGE_HEIGHT, 48);
  const std::vector<int> delays{50, 120, 310};
  strip.set("delay", delays);
  strip.set("loop", 3);
  strip.webpsave((in / "a.webp").c_str(), VImage::option()->set("lossless", true));
  run_file("a.webp");
  const VImage after = VImage::webpload((out / "a.webp").c_str(), VImage::option()->set("n", -1));
  CHECK(after.height() == 3 * 48);
  CHECK(after.get_array_int("delay") == delays);
  CHECK(after.get_int("loop") == 3);
}

TEST_CASE_METHOD(EncodeFixture, "a TIFF keeps its compression and its tiles") {
  start_vips();
  const auto tag = [](const std::string& file, int number) {
    auto main = view_exif(file).main;
    const auto found = main.find(number);
    return found == main.end() ? std::uint64_t{0} : number_at(found->second.second, 0, 2, file[0] == 'M');
  };
  constexpr int compression = 259;
  constexpr int tile_width = 322;
  for (const auto kind : {VIPS_FOREIGN_TIFF_COMPRESSION_NONE, VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
                          VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE, VIPS_FOREIGN_TIFF_COMPRESSION_PACKBITS}) {
    for (const bool tiles : {false, true}) {
      CAPTURE(static_cast<int>(kind), tiles);
      gradients().tiffsave((in / "x.tif").c_str(), VImage::option()
                                                       ->set("compression", kind)
                                                       ->set("tile", tiles)
                                                       ->set("tile_width", 64)
                                                       ->set("tile_height", 32));
      const std::string before = read_file(in / "x.tif");
      REQUIRE(tag(before, tile_width) == (tiles ? 64 : 0));
      run_file("x.tif");
      CHECK(tag(output("x.tif"), compression) == tag(before, compression));
      CHECK(tag(output("x.tif"), tile_width) == tag(before, tile_width));
    }
  }
}

TEST_CASE_METHOD(EncodeFixture,
                 "an AVIF of grey or of many bits verifies, and has as many bits as are left of them") {
  load_heif_module();
  if (vips_type_find("VipsOperation", "heifsave_buffer") == 0) {
    skip("this libvips does not write AVIF");
  }
  encoding.format = OutputFormat::avif;
  encoding.avif_speed = 9;
  const VImage grey = gradients().extract_band(1);
  grey.cast(VIPS_FORMAT_USHORT)
      .linear(257, 0)
      .cast(VIPS_FORMAT_USHORT)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_GREY16))
      .pngsave((in / "deep.png").c_str());
  grey.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W))
      .pngsave((in / "grey.png").c_str());
  (grey / 255)
      .cast(VIPS_FORMAT_FLOAT)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W))
      .tiffsave((in / "float.tif").c_str());
  const std::vector<std::pair<std::string, int>> files{{"deep.png", 12}, {"grey.png", 8}, {"float.tif", 8}};
  for (const auto& [file, bits] : files) {
    CAPTURE(file);
    run_file(file);
    CHECK(picture(file).get_int("heif-bitdepth") == bits);
  }
}

TEST_CASE_METHOD(EncodeFixture, "texts are written into a JPEG in which there was nothing") {
  const std::string file = plain_jpeg(128, 96, 90);
  for (const bool artist : {false, true}) {
    encoding.copyright = artist ? "" : "all rights";
    encoding.artist = artist ? "Grace" : "";
    const RunResult result = run_on("x.jpg", file);
    CHECK(result.published.route == JpegRoute::splice);
    CHECK(output("x.jpg").find(artist ? "Grace" : "all rights") != std::string::npos);
  }
}

TEST_CASE_METHOD(EncodeFixture, "16 bits become 8 by rounding") {
  const VImage deep = (VImage::black(64, 48, VImage::option()->set("bands", 3)) + (257 * 100 + 200))
                          .cast(VIPS_FORMAT_USHORT)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
  deep.pngsave((in / "x.png").c_str());
  encoding.format = OutputFormat::webp;
  encoding.lossless = KeepOr::yes;
  run_file("x.png");
  CHECK(picture("x.png").getpoint(0, 0)[0] == 101);  // 100.78
}

TEST_CASE_METHOD(EncodeFixture, "grey with a profile keeps its look in formats that hold three channels") {
  start_vips();
  encoding.format = OutputFormat::webp;
  encoding.lossless = KeepOr::yes;
  const std::string linear = grey_profile(1.0);
  for (const bool sound : {true, false}) {
    CAPTURE(sound);
    VImage image = (VImage::black(64, 48) + 55)
                       .cast(VIPS_FORMAT_UCHAR)
                       .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
    const std::string profile = sound ? linear : linear.substr(0, 200);
    vips_image_set_blob_copy(image.get_image(), VIPS_META_ICC_NAME, profile.data(), profile.size());
    image.tiffsave((in / "x.tif").c_str());
    run_file("x.tif");
    const VImage after = picture("x.tif");
    REQUIRE(after.bands() == 3);
    // 55 of 255 of the light are 128 in sRGB; without a profile 55 is 55.
    CHECK(std::abs(after.getpoint(0, 0)[0] - (sound ? 128 : 55)) <= 1);
    if (after.get_typeof(VIPS_META_ICC_NAME) == 0) continue;
    std::size_t size = 0;
    const auto* written = static_cast<const char*>(after.get_blob(VIPS_META_ICC_NAME, &size));
    CHECK(std::string(written, size).substr(16, 4) == "RGB ");  // ICC.1, 7.2.6
  }
}
