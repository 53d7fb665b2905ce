#pragma once

// Small files of every container, written byte by byte, and readers of their own for what is in them: nothing
// here uses the code under test. Strings are bytes.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/worker/support/bytes_of.h"
#include "worker/metadata/carry_over.h"
#include "worker/metadata/containers.h"

namespace wm::test {

using namespace std::string_literals;

[[nodiscard]] std::string string_of(metadata::ByteSpan bytes);

/// Numbers in either order.
[[nodiscard]] std::string number(std::uint64_t value, int bytes, bool big = true);
[[nodiscard]] std::uint64_t number_at(const std::string& bytes, std::size_t at, int size, bool big = true);

/// An EXIF block: orientation 6, Make, Artist, Copyright, an EXIF directory with date, sizes, a maker note of
/// 40 bytes and colour space, GPS, and a thumbnail.
struct ExifRecipe {
  bool big = true;
  std::string thumbnail;  // a JPEG; empty: no second directory
  std::string maker_note = "MAKER NOTE with \x01\x02\x03 bytes and no meaning"s;
  bool texts = true;  // Artist and Copyright
};
[[nodiscard]] std::string exif_block(const ExifRecipe& recipe);

/// Tag → (type, raw value) of the directories as a reader of its own finds them.
struct ExifView {
  using Directory = std::map<int, std::pair<int, std::string>>;
  Directory main, exif, gps, thumbnail;
};
[[nodiscard]] ExifView view_exif(const std::string& block);
[[nodiscard]] std::string thumbnail_of(const std::string& exif_block);

/// A JPEG of one grey level, by libjpeg, with JFIF.
[[nodiscard]] std::string plain_jpeg(int width, int height, int level, int quality = 80);
/// Mean of all samples, by libjpeg; -1 when it does not decode.
[[nodiscard]] double mean_level(const std::string& jpeg, int* width = nullptr, int* height = nullptr);

[[nodiscard]] std::string jpeg_segment(int marker, const std::string& payload);
/// `segments` between SOI and the rest of `jpeg`, whose JFIF stays unless `jfif` is false.
[[nodiscard]] std::string jpeg_with(const std::string& jpeg, const std::string& segments, bool jfif = true);
/// Marker and payload of all segments before the first scan.
[[nodiscard]] std::vector<std::pair<int, std::string>> jpeg_segments(const std::string& file);
/// Payloads of the segments of that marker that begin so.
[[nodiscard]] std::vector<std::string> payloads(const std::string& file, int marker, const std::string& head);
/// From the first quantisation table to EOI.
[[nodiscard]] std::string coded_part(const std::string& jpeg);

[[nodiscard]] std::string png_chunk(const std::string& type, const std::string& data);
/// 2×2, depth 8; colour type 2, or 3 with a palette. `before` and `after` IDAT.
[[nodiscard]] std::string png_file(int colour, const std::string& before, const std::string& after = "");
[[nodiscard]] std::vector<std::pair<std::string, std::string>> png_chunks(const std::string& file);

[[nodiscard]] std::string riff_chunk(const std::string& type, const std::string& data);
/// A lossless 3×2 without extended header.
[[nodiscard]] std::string webp_file(const std::string& chunks);
[[nodiscard]] std::vector<std::pair<std::string, std::string>> riff_chunks(const std::string& file);

/// `frames` of 1×1; `before` stands before the first, `after` after the last one.
[[nodiscard]] std::string gif_file(int frames, const std::string& before, const std::string& after = "");

/// A TIFF of 1×1 grey; `fields` are (tag, type, value).
struct TiffFieldRecipe {
  int tag, type;
  std::string value;
};
[[nodiscard]] std::string tiff_file(bool big, const std::vector<std::vector<TiffFieldRecipe>>& pages);

/// A BigTIFF of 1x1 grey with further fields of its page, and an EXIF directory unless that is empty. A value
/// of up to 8 bytes is in its entry.
struct BigField {
  int tag, type;
  std::uint64_t count;
  std::string value;
};
[[nodiscard]] std::string big_tiff_file(const std::vector<BigField>& more, const std::vector<BigField>& exif,
                                        bool big);

[[nodiscard]] std::string xmp_packet(const std::string& properties, int padding = 100);

struct Carried {
  std::string bytes;
  std::vector<std::string> losses;
};
[[nodiscard]] Carried carry(const std::string& input, const std::string& output,
                            const metadata::MetadataPlan& plan);

}  // namespace wm::test
