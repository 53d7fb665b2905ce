#include <algorithm>
#include <array>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"
#include "worker/jpeg/scan_damage.h"

using namespace wm;
using namespace wm::test;

namespace {

enum class Ending : std::uint8_t { marked, refused, damaged };

Ending ending_of(jpeg::Bytes file) {
  const auto examined = jpeg::examine(file);
  if (std::holds_alternative<jpeg::Damage>(examined)) return Ending::damaged;
  if (std::holds_alternative<jpeg::Refusal>(examined)) return Ending::refused;
  const auto& candidate = std::get<jpeg::Candidate>(examined);
  jpeg::InPlaceMarker marker;
  const int samples = candidate.colours == jpeg::ColourModel::grey ? 1 : 3;
  const jpeg::MarkLayer layer{disc_mark(20, 20, samples), {{20, 20}}, 1};
  const auto result = marker.mark(file, candidate, std::span(&layer, 1));
  if (std::holds_alternative<jpeg::Damage>(result)) return Ending::damaged;
  return std::holds_alternative<jpeg::Refusal>(result) ? Ending::refused : Ending::marked;
}

}  // namespace

TEST_CASE("a file that is cut off anywhere is damaged") {
  for (const unsigned restart : {0U, 2U}) {
    for (const Scans scans : {Scans::one, Scans::progressive}) {
      const ByteVector file = make_jpeg({.restart_interval = restart, .scans = scans});
      for (std::size_t length = 0; length < file.size() - 2; length += length < 700 ? 1 : 13) {
        INFO(length);
        CHECK(ending_of(jpeg::Bytes(file).first(length)) == Ending::damaged);
      }
      // Of a single scan, all blocks are there.
      CHECK(ending_of(jpeg::Bytes(file).first(file.size() - 1)) ==
            (scans == Scans::one ? Ending::marked : Ending::damaged));
      CHECK(ending_of(file) == Ending::marked);
    }
  }
}

TEST_CASE("a scan that ends early before a proper end is damaged, wherever the mark is") {
  for (const std::size_t cut : {std::size_t{3}, std::size_t{20}, std::size_t{900}}) {
    ByteVector file = make_jpeg({});
    file.erase(file.end() - 2 - static_cast<std::ptrdiff_t>(cut), file.end() - 2);
    CHECK(ending_of(file) == Ending::damaged);
  }
}

TEST_CASE("missing and doubled restart markers are damage") {
  const ByteVector file = make_jpeg({.restart_interval = 2});
  std::size_t restart = jpeg::read_header(file).scan.data;
  while (file[restart] != std::byte{0xff} || file[restart + 1] != std::byte{0xd0}) ++restart;
  CHECK(ending_of(inserted(file, restart, "\xff\xd0")) == Ending::damaged);
  ByteVector missing = file;
  missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(restart),
                missing.begin() + static_cast<std::ptrdiff_t>(restart) + 2);
  CHECK(ending_of(missing) == Ending::damaged);
}

TEST_CASE("damage after which pixels are lost is told from what does no harm") {
  for (const Scans scans : {Scans::one, Scans::progressive}) {
    const ByteVector file = make_jpeg({.scans = scans});
    CHECK_FALSE(jpeg::scan_damage(file));
    CHECK_FALSE(jpeg::scan_damage(inserted(file, 2, "x")));  // between segments
    CHECK(jpeg::scan_damage(jpeg::Bytes(file).first(file.size() / 2)).value().text ==
          "Premature end of JPEG file");
    CHECK(jpeg::scan_damage(jpeg::Bytes(file).first(10)).has_value());
  }
  ByteVector early = make_jpeg({});
  early.erase(early.end() - 900, early.end() - 2);
  CHECK(jpeg::scan_damage(early).value().text == "Corrupt JPEG data: premature end of data segment");
  ByteVector code = make_jpeg({});
  for (std::size_t i = 0; i < 10; ++i)
    code[code.size() - 900 + i] = i % 2 == 0 ? std::byte{0xff} : std::byte{0};
  CHECK(jpeg::scan_damage(code).value().text == "Corrupt JPEG data: bad Huffman code");
}

TEST_CASE("damage of a JPEG is located at the row of MCUs from which on pixels are lost or may be wrong") {
  // Each of the three rows of MCUs ends with a restart marker, where its place in the file can be seen.
  const ByteVector file = make_jpeg({.width = 64, .height = 48, .restart_interval = 4});
  for (int row = 1; row < 3; ++row) {
    CAPTURE(row);
    const std::array marker{std::byte{0xff}, static_cast<std::byte>(0xd0 + row - 1)};
    const auto end = std::search(file.begin(), file.end(), marker.begin(), marker.end());
    for (const std::ptrdiff_t more : {-20, 2, 22}) {
      CAPTURE(more);
      const auto size = static_cast<std::size_t>(end - file.begin() + more);
      const auto damage = jpeg::scan_damage(jpeg::Bytes(file).first(size)).value();
      CHECK(damage.loss == jpeg::ScanLoss::rows);
      CHECK(damage.rows == 48);
      CHECK(damage.sound_rows == 16 * (more < 0 ? row - 1 : row));
    }
    ByteVector early = file;  // decoding goes on after the marker
    const auto at = early.begin() + (end - file.begin());
    early.erase(at - 20, at);
    const auto damage = jpeg::scan_damage(early).value();
    CHECK(damage.loss == jpeg::ScanLoss::unsure);
    CHECK(damage.sound_rows == 16 * (row - 1));
  }
  for (const Scans scans : {Scans::one, Scans::progressive}) {
    const ByteVector whole = make_jpeg({.scans = scans});
    const auto without_end = jpeg::scan_damage(jpeg::Bytes(whole).first(whole.size() - 2)).value();
    CHECK(without_end.loss == (scans == Scans::one ? jpeg::ScanLoss::nothing : jpeg::ScanLoss::detail));
    const auto half = jpeg::scan_damage(jpeg::Bytes(whole).first(whole.size() / 2)).value();
    CHECK(half.loss == (scans == Scans::one ? jpeg::ScanLoss::rows : jpeg::ScanLoss::detail));
  }
}

TEST_CASE("a scan after a whole one is refused") {
  ByteVector file = make_jpeg({});
  const jpeg::Header header = jpeg::read_header(file);
  const jpeg::Segment& scan = header.segments.back();
  const ByteVector again(file.begin() + static_cast<std::ptrdiff_t>(scan.begin), file.end() - 2);
  file.insert(file.end() - 2, again.begin(), again.end());
  CHECK(ending_of(file) == Ending::refused);
}

TEST_CASE("files with any byte changed come to an end, and what is marked can be read") {
  const ByteVector file = make_jpeg({.width = 40, .height = 40, .quality = 60, .optimised = true});
  unsigned random = 1;
  for (int round = 0; round < 4000; ++round) {
    ByteVector changed = file;
    for (int i = 0; i < 2; ++i) {
      random = random * 1664525U + 1013904223U;
      changed[(random >> 8) % changed.size()] = static_cast<std::byte>(random >> 3 & 0xff);
    }
    const auto examined = jpeg::examine(changed);
    const auto* candidate = std::get_if<jpeg::Candidate>(&examined);
    if (candidate == nullptr || candidate->geometry.mcu_count() > 10000) continue;
    if (ending_of(changed) != Ending::marked) continue;
    jpeg::InPlaceMarker marker;
    const int samples = candidate->colours == jpeg::ColourModel::grey ? 1 : 3;
    const jpeg::MarkLayer layer{disc_mark(20, 20, samples), {{20, 20}}, 1};
    const auto result = marker.mark(changed, *candidate, std::span(&layer, 1));
    const OraclePicture read = read_by_libjpeg(whole(changed, std::get<jpeg::MarkedJpeg>(result)));
    CHECK(read.error == "");
    if (read_by_libjpeg(changed).warning.empty()) CHECK(read.warning == "");
  }
}
