#include "worker/stages/decode_failure.h"

#include "tests/support/catch.h"
#include "worker/container/png_chunks.h"

namespace wm {
namespace {

Failure failure(PictureFormat format, const std::string& errors, std::vector<std::string> warnings = {}) {
  return decode_failure(format, {}, {.errors = errors, .warnings = std::move(warnings)});
}

void check(const Failure& failure, FailureKind kind, const std::string& message) {
  CHECK(name(failure.kind) == name(kind));
  CHECK(failure.message == message);
}

TEST_CASE("a cause is what the failing loader says, not what steps before it left behind") {
  check(failure(PictureFormat::heif,
                "source: bad seek to 1307\n"
                "heif: Unsupported feature: Unspecified: Can currently only mirror images with 8 bits per "
                "pixel (4.0)\n"),
        FailureKind::unsupported,
        "is of a kind that libvips does not read (Unsupported feature: Can currently only mirror images with "
        "8 bits "
        "per pixel)");
  check(failure(PictureFormat::tiff,
                "source: bad seek to 4909\nTIFFFillStrip: Seek error at scanline 4294967295, strip 0\n"
                "tiff2vips: read error\n"),
        FailureKind::corrupt, "is truncated or damaged (strip 0 lies beyond the end of the file)");
  check(failure(
            PictureFormat::jpeg,
            "icc_transform: not an ICC profile, invalid signature\nVipsJpeg: Premature end of input file\n"),
        FailureKind::corrupt, "is truncated or damaged (Premature end of input file)");
}

TEST_CASE("numbers with which libtiff says that there is none are left out") {
  check(failure(PictureFormat::tiff,
                "TIFFFillStrip: Read error at scanline 4294967295; got 5 bytes, expected 9\ntiff2vips: read "
                "error\n"),
        FailureKind::corrupt, "is truncated or damaged (Read error; got 5 bytes, expected 9)");
  check(
      failure(PictureFormat::tiff,
              "TIFFFillTile: Seek error at row 4294967295, col 4294967295, tile 7\ntiff2vips: read error\n"),
      FailureKind::corrupt, "is truncated or damaged (tile 7 lies beyond the end of the file)");
}

TEST_CASE("libjpeg's error comes after its first warning") {
  check(failure(PictureFormat::jpeg,
                "VipsJpeg: Corrupt JPEG data: 4 extraneous bytes before marker 0xdb\n"
                "VipsJpeg: Unsupported JPEG process: SOF type 0xc3\n"),
        FailureKind::unsupported,
        "is of a kind that libvips does not read (Unsupported JPEG process: SOF type 0xc3)");
  check(failure(PictureFormat::jpeg, "VipsJpeg: Unsupported marker type 0x4a\n"), FailureKind::corrupt,
        "is damaged (Unsupported marker type 0x4a)");
}

TEST_CASE("libpng's cause is its last warning, or what it says of the header") {
  check(failure(PictureFormat::png, "vipspng: libpng read error\n", {"iCCP: CRC error", "IDAT: CRC error"}),
        FailureKind::corrupt, "is damaged (IDAT: CRC error)");
  check(failure(PictureFormat::png, "", {"Invalid bit depth in IHDR", "Invalid IHDR data"}),
        FailureKind::corrupt, "is damaged (Invalid IHDR data: Invalid bit depth)");
  check(failure(PictureFormat::png, "", {"Image width exceeds user limit in IHDR", "Invalid IHDR data"}),
        FailureKind::too_large,
        "is larger than the PNG decoder allows (Invalid IHDR data: Image width exceeds user limit)");
}

TEST_CASE("an unknown chunk that PNG readers must know is a kind of file when it is whole, else damage") {
  container::Bytes file = container::to_bytes(container::png_signature);
  container::append_png_chunk(file, "CgBI", container::to_bytes("\x50"));
  const DecoderWords words{.errors = "", .warnings = {"CgBI: unhandled critical chunk"}};
  CHECK(decode_failure(PictureFormat::png, file, words).kind == FailureKind::unsupported);
  file.back() ^= std::byte{1};
  CHECK(decode_failure(PictureFormat::png, file, words).kind == FailureKind::corrupt);
}

TEST_CASE("libheif's codes decide: a limit is too_large, what it cannot do unsupported") {
  check(failure(PictureFormat::heif,
                "heif: Memory allocation error: Security limit exceeded: Image size 17000x17000 exceeds the "
                "maximum "
                "image size 16384x16384 (6.1000)\n"),
        FailureKind::too_large,
        "is larger than the HEIC decoder allows (Memory allocation error: Security limit exceeded: "
        "Image size "
        "17000x17000 exceeds the maximum image size 16384x16384)");
  CHECK(failure(PictureFormat::heif, "heif: Unsupported feature: Unsupported codec (4.3000)\n").kind ==
        FailureKind::unsupported);
  check(failure(PictureFormat::heif, "heif: Invalid input: End of data (2.100)\n"), FailureKind::corrupt,
        "is truncated or damaged (Invalid input: End of data)");
}

TEST_CASE("a TIFF loader's verdict comes before libtiff's complaints") {
  check(failure(PictureFormat::tiff, "TIFFReadDirectory: odd tag\ntiff2vips: samples out of range\n"),
        FailureKind::unsupported,
        "is of a kind that libvips does not read (a number or depth of samples that it does not know)");
  check(failure(PictureFormat::tiff,
                "TIFFFetchDirectory: source input: Can not read TIFF directory\n"
                "TIFFReadDirectory: Failed to read directory at offset 8\n"
                "vips__tiff_openin_source: unable to open source for input\n"),
        FailureKind::corrupt, "is truncated or damaged (Can not read TIFF directory)");
}

TEST_CASE("a WebP file that is shorter than its header says is truncated") {
  const std::string head("RIFF\x64\0\0\0WEBPVP8 ", 16);
  const auto bytes = std::as_bytes(std::span(head));
  const Failure result =
      decode_failure(PictureFormat::webp, bytes, {.errors = "webp: unable to parse image\n", .warnings = {}});
  check(result, FailureKind::corrupt,
        "is truncated or damaged (the file has 16 bytes of the 108 that its header promises)");
}

TEST_CASE("a decoder's words are one line, and their lack is said") {
  CHECK(failure(PictureFormat::gif, "gifload_source: Invalid\tframe\x01 data\n").message ==
        "is damaged (Invalid frame  data)");
  check(failure(PictureFormat::gif, ""), FailureKind::corrupt, "is damaged (the decoder gives no reason)");
  CHECK(failure(PictureFormat::gif, "gifload_source: out of memory").kind == FailureKind::out_of_memory);
}

}  // namespace
}  // namespace wm
