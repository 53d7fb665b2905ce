// Files that are damaged in known ways: kind and message name the true cause, which another program confirms;
// with --damaged mark, what can be read of them is marked.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "tests/support/damaged_files.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"

namespace wm::test {
namespace {

using nlohmann::json;

struct Cause {
  const char *file, *kind, *message;  // a part of the message
  const char *program, *says;         // a part of what it prints
};

// What the other programs print is that of Debian 12: libjpeg-turbo 2.1, pngcheck 3, exiftool 12, webpinfo
// 1.2, giftext 5.2, tiffinfo 4.5, avifdec 0.11.
constexpr Cause causes[] = {
    {"empty.jpg", "corrupt", "the file is empty", "djpeg", "Empty input file"},
    {"text.jpg", "unsupported", "is not a picture in a known format", "djpeg", "Not a JPEG file"},
    {"start-only.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"ends-in-quantisation-table.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"ends-in-huffman-table.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"ends-before-scan.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"ends-in-scan.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"ends-in-progressive-scan.jpg", "corrupt", "truncated or damaged (Premature end", "djpeg",
     "Premature end of JPEG file"},
    {"bad-huffman-code.jpg", "corrupt", "is damaged (Corrupt JPEG data: bad Huffman code)", "djpeg",
     "Corrupt JPEG data: bad Huffman code"},
    {"scan-ends-early.jpg", "corrupt", "(Corrupt JPEG data: premature end of data segment)", "djpeg",
     "Corrupt JPEG data: premature end of data segment"},
    {"bogus-huffman-table.jpg", "corrupt", "is damaged (Bogus Huffman table definition)", "djpeg",
     "Bogus Huffman table definition"},
    {"no-quantisation-table.jpg", "corrupt", "(Quantization table 0x00 was not defined)", "djpeg",
     "Quantization table 0x00 was not defined"},
    {"no-frame.jpg", "corrupt", "(Invalid JPEG file structure: SOS before SOF)", "djpeg", "SOS before SOF"},
    {"twelve-bits.jpg", "unsupported", "does not read (Unsupported JPEG data precision 12)", "djpeg",
     "Unsupported JPEG data precision 12"},
    {"lossless-process.jpg", "unsupported", "does not read (Unsupported JPEG process: SOF type 0xc3)",
     "djpeg", "Unsupported JPEG process: SOF type 0xc3"},
    {"no-height.jpg", "unsupported", "does not read (Empty JPEG image (DNL not supported))", "djpeg",
     "DNL not supported"},
    {"frame-length-wrong.jpg", "corrupt", "is damaged (Bogus marker length)", "djpeg", "Bogus marker length"},
    {"sampling-factor-wrong.jpg", "corrupt", "is damaged (Bogus sampling factors)", "djpeg",
     "Bogus sampling factors"},
    {"component-unknown.jpg", "corrupt", "is damaged (Invalid component ID 119 in SOS)", "djpeg",
     "Invalid component ID 119 in SOS"},
    {"wider-than-libjpeg-reads.jpg", "too_large",
     "larger than the JPEG decoder allows (Maximum supported image dimension is 65500", "djpeg",
     "Maximum supported image dimension is 65500"},

    {"signature-only.png", "corrupt", "truncated or damaged (not enough data)", "pngcheck",
     "doesn't end with an IEND chunk"},
    {"ends-in-header.png", "corrupt", "truncated or damaged (not enough data)", "pngcheck",
     "EOF while reading IHDR data"},
    {"ends-in-pixels.png", "corrupt", "truncated or damaged (not enough data)", "pngcheck",
     "EOF while reading IDAT data"},
    {"interlaced-ends-in-pixels.png", "corrupt", "truncated or damaged (not enough data)", "pngcheck",
     "EOF while reading IDAT data"},
    {"no-pixels.png", "corrupt", "is damaged (no IDAT chunk before IEND)", "pngcheck", "no IDAT chunks"},
    {"no-header.png", "corrupt", "is damaged (IDAT: Missing IHDR before IDAT)", "pngcheck",
     "first chunk must be IHDR"},
    {"bit-depth-3.png", "corrupt", "(Invalid IHDR data: Invalid bit depth)", "pngcheck",
     "invalid IHDR sample depth (3)"},
    {"colour-type-5.png", "corrupt", "(Invalid IHDR data: Invalid color type)", "pngcheck",
     "invalid IHDR image type (5)"},
    {"no-width.png", "corrupt", "(Invalid IHDR data: Image width is zero)", "pngcheck",
     "invalid IHDR image dimensions (0x48)"},
    {"compression-method-1.png", "corrupt", "(Invalid IHDR data: Unknown compression method)", "pngcheck",
     "invalid IHDR compression method (1)"},
    {"filter-method-9.png", "corrupt", "(Invalid IHDR data: Unknown filter method", "pngcheck",
     "invalid IHDR filter method (9)"},
    {"interlace-method-7.png", "corrupt", "(Invalid IHDR data: Unknown interlace method)", "pngcheck",
     "invalid IHDR interlace method (7)"},
    {"wider-than-libpng-reads.png", "too_large",
     "larger than the PNG decoder allows (Invalid IHDR data: Image width exceeds user limit)", "pngcheck",
     "10000001x48"},
    {"header-checksum-wrong.png", "corrupt", "is damaged (IHDR: CRC error)", "pngcheck",
     "CRC error in chunk IHDR"},
    {"pixels-checksum-wrong.png", "corrupt", "is damaged (IDAT: CRC error)", "pngcheck",
     "CRC error in chunk IDAT"},
    {"pixels-changed.png", "corrupt", "is damaged (bad adaptive filter value)", "pngcheck",
     "invalid IDAT row-filter type"},
    {"stream-invalid.png", "corrupt", "is damaged (IDAT: invalid", "pngcheck",
     "zlib: inflate error = -3 (data error)"},
    {"no-palette.png", "corrupt", "is damaged (IDAT: Missing PLTE before IDAT)", "pngcheck",
     "IDAT must follow PLTE"},
    {"unknown-critical-chunk.png", "unsupported", "does not read (ABCD: unhandled critical chunk)",
     "pngcheck", "unknown, public chunk ABCD"},
    {"unknown-critical-chunk-damaged.png", "corrupt", "is damaged (ABCD: CRC error)", "pngcheck",
     "chunk ABCD"},
    {"too-few-rows.png", "corrupt", "truncated or damaged (Not enough image data)", "vips",
     "Not enough image data"},
    {"chunk-length-impossible.png", "corrupt", "is damaged (PNG unsigned integer out of range)", "pngcheck",
     "invalid chunk length (too large)"},

    {"header-only.webp", "corrupt", "the file has 12 bytes of the", "webpinfo", "Errors detected"},
    {"ends-in-pixels.webp", "corrupt", "bytes of the", "webpinfo", "Errors detected"},
    {"lossless-ends-in-pixels.webp", "corrupt", "bytes of the", "webpinfo", "Errors detected"},
    {"start-code-wrong.webp", "corrupt", "is damaged (its data cannot be decoded)", "webpinfo",
     "Errors detected"},
    {"chunk-unknown.webp", "corrupt", "is damaged (its data cannot be decoded)", "webpinfo",
     "Errors detected"},

    {"header-only.gif", "corrupt", "(the file ends within its header)", "vips",
     "Unexpected end of GIF source data"},
    {"ends-in-colours.gif", "corrupt", "(the file ends within its header)", "giftext", "GIF-LIB"},
    {"ends-in-pixels.gif", "corrupt", "(frame 1 ends with the file)", "giftext",
     "Failed to read from given file"},
    {"no-frame.gif", "corrupt", "is damaged (there is no frame)", "vips", "no frames in GIF"},
    {"code-size-wrong.gif", "corrupt", "(frame 1 has codes of 14 bits)", "giftext",
     "Failed to read from given file"},
    {"block-unknown.gif", "corrupt", "(a block is not whole, or of an unknown kind)", "giftext",
     "Wrong record type detected"},

    {"header-only.tif", "corrupt", "(the TIFF directory lies beyond the end of the file)", "tiffinfo",
     "Can not read TIFF directory count"},
    {"directory-beyond-the-end.tif", "corrupt", "(the TIFF directory lies beyond the end of the file)",
     "tiffinfo", "Can not read TIFF directory count"},
    {"ends-in-pixels.tif", "corrupt", "(the TIFF directory lies beyond the end of the file)", "tiffinfo",
     "Can not read TIFF directory count"},
    {"tile-beyond-the-end.tif", "corrupt", "(tile 0 lies beyond the end of the file)", "tiffinfo",
     "Tile Width"},
    {"compression-unknown.tif", "unsupported", "(Compression scheme 50111 strip decoding is not implemented)",
     "tiffinfo", "Compression scheme 50111 strip decoding is not implemented"},
    {"doubles.tif", "unsupported", "(64-bit floating-point samples)", "tiffinfo", "Bits/Sample: 64"},
    {"twelve-bits.tif", "unsupported", "(12-bit integer samples)", "tiffinfo", "Bits/Sample: 12"},
    {"no-samples.tif", "corrupt", "(Bad value 0 for \"SamplesPerPixel\" tag)", "tiffinfo",
     "Bad value 0 for \"SamplesPerPixel\" tag"},
    {"deflate-damaged.tif", "corrupt", "(Decoding error at scanline 0", "tiffinfo",
     "Decoding error at scanline 0"},
    {"lzw-damaged.tif", "corrupt", "is damaged (Using code not yet in table)", "tiffinfo",
     "Using code not yet in table"},

    {"brand-only.avif", "corrupt", "truncated or damaged (Truncated data)", "avifdec", "Truncated data"},
    {"ends-in-directory.avif", "corrupt", "truncated or damaged (Truncated data)", "avifdec",
     "Truncated data"},
    {"ends-in-pixels.avif", "corrupt", "truncated or damaged (BMFF parsing failed: Item ID", "avifdec",
     "Truncated data?"},
    {"wider-than-libavif-reads.avif", "too_large", "dimensions are too large [17000x17000]", "avifdec",
     "dimensions are too large [17000x17000]"},
    {"pixels-overwritten.avif", "corrupt", "is damaged (Decoding of color planes failed)", "avifdec",
     "Decoding of color planes failed"},
    {"picture-of-unknown-type.avif", "corrupt", "(No AV1 items found: Primary item not found)", "avifdec",
     "Primary item not found"},
    {"no-primary-picture.avif", "corrupt", "(No AV1 items found: Primary item not specified)", "avifdec",
     "Primary item not specified"},
};

/// Writes them for every format that can be written here. Returns their names.
std::set<std::string> add_damaged(const Job& job) {
  std::set<std::string> names;
  for (const char* const format : {"jpg", "png", "webp", "gif", "tif", "avif"}) {
    try {
      for (const DamagedFile& file : damaged_files(format)) {
        write_file(job.in(file.name), file.bytes);
        names.insert(file.name);
      }
    } catch (const std::exception& error) {
      skip_part(std::string("libvips does not write ") + format + ": " + error.what());
    }
  }
  return names;
}

std::map<std::string, json> problems_of(const Job& job) {
  std::map<std::string, json> problems;
  const json report = job.report();
  for (const json& problem : report.at("problems")) {
    const auto path = problem.at("input").get<std::string>();
    problems[path.substr(path.rfind('/') + 1)] = problem;
  }
  return problems;
}

/// What `program` says of a file; none when it is not installed.
std::optional<std::string> said_by(const std::string& program, const std::string& file) {
  const std::string path = "/usr/bin/" + program;
  if (::access(path.c_str(), X_OK) != 0) return std::nullopt;
  Words command{path};
  if (program == "djpeg") command = {path, "-outfile", "/dev/null"};
  if (program == "tiffinfo") command = {path, "-D"};
  if (program == "avifdec") command = {path, "--info"};
  if (program == "vips") command = {path, "avg"};
  command.push_back(file + (program == "vips" ? "[fail_on=truncated]" : ""));
  const ProgramResult result = run_program(command);
  return result.out + result.err;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the message of a damaged file names its cause, as other programs do") {
  const Job job;
  const std::set<std::string> made = add_damaged(job);
  const ProgramResult result = job.run();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  const std::map<std::string, json> problems = problems_of(job);
  CHECK(problems.size() == made.size());
  CHECK(contains(result.out, "damaged files failed; --damaged mark marks what can be read"));

  std::set<std::string> known, missing;
  for (const Cause& cause : causes) {
    known.insert(cause.file);
    if (!made.contains(cause.file)) continue;
    CAPTURE(cause.file);
    if (!problems.contains(cause.file)) {
      FAIL_CHECK("it was marked");
      continue;
    }
    const json& problem = problems.at(cause.file);
    CHECK(problem.at("kind") == cause.kind);
    const auto message = problem.at("message").get<std::string>();
    CAPTURE(message);
    CHECK(contains(message, cause.message));
    const auto said = said_by(cause.program, job.in(cause.file));
    if (!said) {
      missing.insert(cause.program);
      continue;
    }
    CAPTURE(cause.program, *said);
    CHECK(contains(*said, cause.says));
  }
  for (const std::string& program : missing) skip_part(program + " is not installed");
  for (const std::string& file : made) {
    CAPTURE(file);
    CHECK(known.contains(file));
  }
  CHECK(known.size() >= 60);
}

TEST_CASE("a failure is explained by its own file, not by the one before it") {
  const Job job;
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i);
    write_file(job.in(number + "a.gif"), sample_picture(64, 48, ".gif").substr(0, 900));
    write_file(job.in(number + "b.png"), sample_picture(64, 48, ".png").substr(0, 900));
    write_file(job.in(number + "c.tif"), sample_picture(64, 48, ".tif").substr(0, 900));
    job.add_picture(number + "d.jpg");
  }
  static_cast<void>(job.run({"--workers", "1"}));
  const std::map<std::string, json> problems = problems_of(job);
  REQUIRE(problems.size() == 9);
  for (const auto& [file, problem] : problems) {
    CAPTURE(file, problem.dump());
    const char* const words = file.ends_with("gif")   ? "ends with the file"
                              : file.ends_with("png") ? "not enough data"
                                                      : "the TIFF directory lies beyond the end of the file";
    CHECK(contains(problem.at("message"), words));
  }
}

namespace {

struct Damaged {
  const char* name;
  std::string bytes;
  int rows_left;     // at the top, which are as they were
  const char* lost;  // the end of the words about the damage
};

std::string part_of(const std::string& bytes, int percent) {
  return bytes.substr(0, bytes.size() * static_cast<std::size_t>(percent) / 100);
}

std::string changed(std::string bytes, std::size_t at, const std::string& other) {
  return bytes.replace(at, other.size(), other);
}

const DamagedFile& file_named(const std::vector<DamagedFile>& files, const std::string& name) {
  return *std::ranges::find(files, name, &DamagedFile::name);
}

constexpr int width = 160, height = 400;

std::vector<Damaged> files_with_something_left() {
  const auto picture = [](const char* ending) { return sample_picture(width, height, ending, 9); };
  const std::string checksum = picture(".png"), strips = picture(".tif[compression=lzw]"),
                    code = picture(".jpg[Q=90]");
  return {
      {"half.jpg", part_of(picture(".jpg[Q=90]"), 60), 120, " of 400 rows are lost"},
      {"half-progressive.jpg", part_of(picture(".jpg[Q=90,interlace]"), 95), 0, " detail may be lost"},
      {"bad-code.jpg", changed(code, code.size() * 3 / 4, std::string("\xff\0\xff\0\xff\0\xff\0", 8)), 120,
       " of 400 may be wrong"},
      {"half.png", part_of(picture(".png"), 60), 120, " of 400 rows are lost"},
      {"half-interlaced.png", part_of(picture(".png[interlace]"), 90), 0, " of 400 rows are incomplete"},
      {"checksum.png", changed(checksum, checksum.size() - 16, "abcd"), 120, " no row is missing"},
      {"half.webp", part_of(picture(".webp[Q=90]"), 60), 120, " of 400 rows are lost"},
      {"half-lossless.webp", part_of(picture(".webp[lossless]"), 60), 120, " of 400 rows are lost"},
      {"half.gif", part_of(picture(".gif"), 60), 120, " of 400 rows are lost"},
      {"half.tif", changed(strips, strips.size() / 2, std::string(300, '\xff')), 120,
       " of 400 rows are lost"},
  };
}

/// Differences of more than what encoding once more makes, in the rows above `rows`, without the mark.
int differing_pixels(const Pixels& before, const Pixels& after, int rows, int limit) {
  int count = 0;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < before.width; ++x) {
      const bool in_mark = x >= mark_left - 16 && x < mark_left + mark_width + 16 && y >= mark_top - 16 &&
                           y < mark_top + mark_height + 16;
      if (!in_mark && std::abs(before.at(x, y, 0) - after.at(x, y, 0)) > limit) ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("with --damaged mark what can be read is marked, said and counted") {
  const Job job;
  const std::vector<Damaged> files = files_with_something_left();
  for (const Damaged& file : files) write_file(job.in(file.name), file.bytes);
  job.add_picture("good.jpg");
  write_file(job.in("hopeless.jpg"), file_named(damaged_files("jpg"), "start-only.jpg").bytes);
  write_file(job.in("hopeless.png"), file_named(damaged_files("png"), "signature-only.png").bytes);

  const ProgramResult result = job.run({"--damaged", "mark"});
  INFO(result.err);
  CHECK(result.exit_code == 1);  // for the two of which nothing is left
  CHECK(ledger_fault(job, result) == "");
  const json report = job.report();
  CHECK(report.at("damaged") == files.size());
  CHECK(report.at("marked") == files.size() + 1);
  CHECK(contains(result.out, "10 damaged pictures: only their readable parts are marked"));
  const std::map<std::string, json> problems = problems_of(job);
  REQUIRE(problems.size() == 2);
  for (const auto& [file, problem] : problems) CHECK(problem.at("kind") == "corrupt");

  const std::vector<LogLine> log = job.log();
  for (const Damaged& file : files) {
    CAPTURE(file.name);
    const auto warned = std::ranges::any_of(log, [&](const LogLine& line) {
      return line.level == "WARNING" && contains(line.message, "damaged, what can be read is marked: ") &&
             contains(line.message, file.name) && contains(line.message, ": the file is ");
    });
    CHECK(warned);
    const auto notes =
        journal_rows(job.job_directory(),
                     std::string("SELECT notes FROM file WHERE CAST(output AS TEXT) = '") + file.name + "'");
    REQUIRE(notes.size() == 1);
    CHECK(notes[0][0].starts_with("the file is "));
    CHECK(contains(notes[0][0], file.lost));

    const std::string output = read_file(job.out(file.name));
    REQUIRE(is_whole_picture(output));
    const Pixels after = decoded(output);
    CHECK(after.width == width);
    CHECK(after.height == height);
    const std::string ending = std::string(file.name).substr(std::string(file.name).rfind('.'));
    const Pixels before = decoded(sample_picture(width, height,
                                                 ending == ".jpg"    ? ".jpg[Q=90]"
                                                 : ending == ".webp" ? ".webp[lossless]"
                                                                     : ending,
                                                 9));
    if (file.rows_left > 0) CHECK(differing_pixels(before, after, file.rows_left, 48) < width);
    // The mark's colour is half there, over whatever the picture is.
    const int red = after.at(mark_left + mark_width / 2, mark_top + mark_height / 2, 0);
    const int unmarked_red = before.at(mark_left + mark_width / 2, mark_top + mark_height / 2, 0);
    if (file.rows_left > 0) CHECK(std::abs(red - (200 + unmarked_red) / 2) < 40);
  }
  for (const LogLine& line : job.final_lines()) {
    if (contains(line.message, "good.jpg")) CHECK_FALSE(contains(line.message, "what could be read"));
    if (contains(line.message, "half.png")) CHECK(contains(line.message, ", what could be read of it"));
  }
}

TEST_CASE("the rows that a damaged picture has lost are grey, and as many as the log says") {
  const Job job;
  for (const char* const ending : {".jpg", ".png", ".webp"}) {
    write_file(job.in(std::string("half") + ending), part_of(sample_picture(width, height, ending, 9), 60));
  }
  const ProgramResult result = job.run({"--damaged", "mark"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const std::vector<LogLine> log = job.log();
  for (const std::string ending : {".jpg", ".png", ".webp"}) {
    CAPTURE(ending);
    const auto warning = std::ranges::find_if(log, [&](const LogLine& line) {
      return contains(line.message, "can be read is marked: ") && contains(line.message, "half" + ending);
    });
    REQUIRE(warning != log.end());
    CAPTURE(warning->message);
    const std::size_t words = warning->message.rfind(" of 400 rows are lost");
    REQUIRE(words != std::string::npos);
    const int lost = std::stoi(warning->message.substr(warning->message.rfind(' ', words - 1) + 1));
    CHECK(lost > 80);
    CHECK(lost < 280);
    const Pixels after = decoded(read_file(job.out("half" + ending)));
    const auto is_grey = [&](int y) {
      for (int x = 40; x < width; ++x) {
        if (std::abs(after.at(x, y, 0) - 128) > 8) return false;
      }
      return true;
    };
    // JPEG loses whole rows of MCUs, and what is encoded again is not exact near an edge.
    const int near = ending == ".png" ? 0 : 32;
    CHECK_FALSE(is_grey(height - lost - 1));
    for (int y = height - lost + near; y < height; ++y) CHECK(is_grey(y));
  }
}

TEST_CASE("a mark lies over what is lost of a damaged picture, too") {
  const Job job;
  for (const char* const ending : {".jpg", ".png", ".webp"}) {
    write_file(job.in(std::string("half") + ending), part_of(sample_picture(width, height, ending, 9), 60));
  }
  const ProgramResult result = job.run({"--damaged", "mark", "--gravity", "southwest"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  for (const char* const ending : {".jpg", ".png", ".webp"}) {
    CAPTURE(ending);
    const Pixels after = decoded(read_file(job.out(std::string("half") + ending)));
    const int x = mark_left + mark_width / 2;
    const int y = height - mark_top - mark_height / 2;
    const int lost = after.at(width - 4, height - 4, 0);
    CHECK(std::abs(lost - 128) < 8);
    CHECK(std::abs(after.at(x, y, 0) - (200 + lost) / 2) < 24);
    CHECK(std::abs(after.at(x, y, 1) - (40 + lost) / 2) < 24);
  }
}

TEST_CASE("of a damaged animation the frames before the damage are marked") {
  const Job job;
  for (const char* const ending : {".gif", ".webp"}) {
    vips::VImage strip =
        vips::VImage::gaussnoise(64, 48 * 6, vips::VImage::option()->set("seed", 5)).cast(VIPS_FORMAT_UCHAR);
    strip = strip.bandjoin(strip).bandjoin(strip).copy(
        vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    strip.set(VIPS_META_PAGE_HEIGHT, 48);
    void* bytes = nullptr;
    std::size_t size = 0;
    strip.write_to_buffer(ending, &bytes, &size);
    write_file(job.in(std::string("six") + ending),
               part_of(std::string(static_cast<const char*>(bytes), size), 60));
    g_free(bytes);
  }
  const ProgramResult result = job.run({"--damaged", "mark"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("damaged") == 2);
  for (const char* const ending : {".gif", ".webp"}) {
    CAPTURE(ending);
    const auto image = vips::VImage::new_from_file(job.out(std::string("six") + ending).c_str());
    const int frames = vips_image_get_n_pages(image.get_image());
    CHECK(frames >= 2);
    CHECK(frames <= 4);
  }
}

TEST_CASE("--damaged fail refuses what decoders only warn of, and leaves sound files alone") {
  const Job job;
  const std::string good = sample_picture(width, height, ".jpg[Q=90]", 9);
  write_file(job.in("bad-code.jpg"),
             changed(good, good.size() * 3 / 4, std::string("\xff\0\xff\0\xff\0\xff\0", 8)));
  const std::size_t frame = good.find("\xff\xc0");
  // No decoder minds these, and neither way of marking does.
  write_file(job.in("stray-bytes.jpg"),
             good.substr(0, frame) + std::string("\0\0\0\0", 4) + good.substr(frame));
  for (const char* const path : {"auto", "pixel", "dct"}) {
    CAPTURE(path);
    const ProgramResult result = job.run({"--jpeg-path", path, "--overwrite", "all"});
    CHECK(result.exit_code == 1);
    const std::map<std::string, json> problems = problems_of(job);
    REQUIRE(problems.contains("bad-code.jpg"));
    CHECK(problems.at("bad-code.jpg").at("kind") == "corrupt");
    CHECK(problems.at("bad-code.jpg").at("message") == "is damaged (Corrupt JPEG data: bad Huffman code)");
    CHECK(problems.size() == 1);
  }
}

}  // namespace wm::test
