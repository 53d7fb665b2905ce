// Oddities that libjpeg reads past: such files are marked in place, and nothing else of them changes.

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"

using namespace wm;
using namespace wm::test;

namespace {

std::vector<jpeg::MarkLayer> a_disc(int samples = 3) {
  return {{disc_mark(20, 20, samples), {{20, 20}}, 0.8}};
}

std::string warning_of(jpeg::Bytes file) {
  return read_by_libjpeg(file).warning;
}

/// The file with `insert` before its end marker.
ByteVector before_end(const ByteVector& file, const std::string& insert) {
  return inserted(file, file.size() - 2, insert);
}

std::size_t first_scan(const ByteVector& file) {
  return jpeg::read_header(file).segments.back().begin;
}

/// Where the n-th marker of this code begins, counted from 0.
std::size_t marker_at(const ByteVector& file, std::uint8_t code, int n = 0) {
  for (std::size_t at = 2; at + 1 < file.size(); ++at) {
    if (file[at] == std::byte{0xff} && file[at + 1] == std::byte{code} && n-- == 0) return at;
  }
  FAIL("there is no such marker");
  return 0;
}

ByteVector without(ByteVector file, std::size_t begin, std::size_t end) {
  file.erase(file.begin() + static_cast<std::ptrdiff_t>(begin),
             file.begin() + static_cast<std::ptrdiff_t>(end));
  return file;
}

const std::string comment("\xff\xfe\x00\x07hello", 9);
const std::string number_of_lines("\xff\xdc\x00\x04\x00\x30", 6);

}  // namespace

TEST_CASE("what follows the last block before the end marker stays, whatever it is") {
  const std::string after =
      GENERATE(as<std::string>{}, "\xff\xd0", "\xff\xd7", "\xff\xd1\xff\xd2", "\xff\xff\xff",
               std::string("\0", 1), std::string("\0\0\0", 3), "\xff\x01", comment, number_of_lines,
               "\xff\xd3" + comment + "\xff\xd4", std::string("\xff\xc4\x00\x02", 4));
  CAPTURE(after);
  for (const unsigned restart : {0U, 2U}) {
    for (const bool grey : {false, true}) {
      const ByteVector file =
          before_end(make_jpeg({.components = grey ? 1 : 3, .restart_interval = restart}), after);
      const bool padding = after.find_first_not_of('\0') == std::string::npos;
      if (!padding) CHECK(warning_of(file) == "");  // how many zeros it takes depends on where the scan ends
      const Checked checked = check_marking(file, a_disc(grey ? 1 : 3));
      CHECK(checked.marked.path == jpeg::Path::splice);
      const std::string marked(reinterpret_cast<const char*>(checked.marked.bytes.data()),
                               checked.marked.bytes.size());
      CHECK(marked.ends_with((padding ? "" : after) + "\xff\xd9"));
    }
  }
}

TEST_CASE("stray bytes that libjpeg warns of stay, too") {
  const ByteVector restarts = make_jpeg({.restart_interval = 2});
  const std::string many(300000, 'z');  // more than a window
  for (const std::string& stray :
       {std::string("abcdefghijklmnop"), std::string("\xff\x00zzzzzzzzzzzz", 14), many}) {
    for (const ByteVector& file :
         {before_end(restarts, stray), inserted(restarts, marker_at(restarts, 0xd0), stray),
          inserted(restarts, first_scan(restarts), stray), before_end(make_jpeg({}), stray)}) {
      CHECK(warning_of(file) != "");
      CHECK(check_marking(file, a_disc()).marked.path == jpeg::Path::splice);
    }
  }
  for (const Scans scans : {Scans::one_per_component, Scans::progressive}) {
    const ByteVector file = make_jpeg({.scans = scans});
    CHECK(check_marking(inserted(file, first_scan(file), "stray"), a_disc()).marked.path ==
          jpeg::Path::coefficients);
  }
}

TEST_CASE("markers without a length may stand between the segments before the scan") {
  for (const Scans scans : {Scans::one, Scans::one_per_component, Scans::progressive}) {
    const ByteVector file = make_jpeg({.scans = scans});
    for (const char* const marker : {"\xff\xd0", "\xff\x01", "\xff\xff\xff\xd5"}) {
      const ByteVector odd = inserted(file, first_scan(file), marker);
      CHECK(warning_of(odd) == "");
      check_marking(odd, a_disc());
    }
  }
}

TEST_CASE("what stands between scans is no damage") {
  for (const Scans scans : {Scans::one_per_component, Scans::progressive}) {
    const ByteVector file = make_jpeg({.restart_interval = 3, .scans = scans});
    const std::size_t second = marker_at(file, 0xda, 1);
    for (const std::string& between :
         {std::string("\xff\xd0"), comment, number_of_lines, std::string("\xff\x01"), comment + "\xff\xd6",
          std::string("\xff\xff\xff")}) {
      CAPTURE(between);
      for (const ByteVector& odd : {inserted(file, second, between), before_end(file, between)}) {
        CHECK(warning_of(odd) == "");
        const jpeg::MarkedJpeg marked = mark_or_fail(odd, a_disc());
        CHECK(marked.path == jpeg::Path::coefficients);
        CHECK(decodes_without_warning(marked.bytes));
      }
    }
  }
}

TEST_CASE("tables that are given again between scans are no change, others are") {
  const ByteVector file = make_jpeg({.scans = Scans::one_per_component});
  const std::size_t tables = marker_at(file, 0xdb);
  const jpeg::Segment segment = jpeg::segment_at(file, tables);
  const std::string again(reinterpret_cast<const char*>(file.data() + segment.begin),
                          segment.end - segment.begin);
  const std::size_t second = marker_at(file, 0xda, 1);
  CHECK(mark_or_fail(inserted(file, second, again), a_disc()).path == jpeg::Path::coefficients);
  std::string other = again;
  other.back() = static_cast<char>(other.back() + 1);
  const ByteVector changed = inserted(file, second, other);
  jpeg::InPlaceMarker marker;
  const auto layers = a_disc();
  const auto result = marker.mark(changed, std::get<jpeg::Candidate>(jpeg::examine(changed)), layers);
  CHECK(std::get<jpeg::Refusal>(result).reason == jpeg::Reason::redefined_tables);
}

TEST_CASE("a missing end marker is added, and nothing else") {
  for (const unsigned restart : {0U, 2U}) {
    ByteVector file = make_jpeg({.restart_interval = restart});
    const ByteVector whole_file = file;
    file.resize(file.size() - 2);
    const jpeg::MarkedJpeg marked = mark_or_fail(file, a_disc());
    CHECK(marked.bytes == mark_or_fail(whole_file, a_disc()).bytes);
    const std::vector<jpeg::MarkLayer> outside{{disc_mark(9, 9, 3), {{900, 900}}, 1}};
    CHECK(mark_or_fail(file, outside).bytes == whole_file);
  }
}

TEST_CASE("unknown revisions, and scans that call themselves a part of the spectrum, change no pixel") {
  ByteVector file = make_jpeg({});
  SECTION("JFIF 2") {
    file[marker_at(file, 0xe0) + 4 + 5] = std::byte{2};
  }
  SECTION("an unknown transform of Adobe's") {
    file = make_jpeg({.segments = {{0xee, std::string("Adobe\0\x64\0\0\0\0\x07", 12)}}});
    file = without(file, 2, jpeg::segment_at(file, 2).end);  // without JFIF
  }
  SECTION("zeros in place of the spectrum's ends") {
    file[first_scan(file) + 4 + 1 + 6 + 1] = std::byte{0};
  }
  CHECK(warning_of(file) != "");
  CHECK(check_marking(file, a_disc()).marked.path == jpeg::Path::splice);
}

TEST_CASE("components of one number are told apart by their order, where a scan has all of them") {
  for (const Scans scans : {Scans::one, Scans::one_per_component, Scans::progressive}) {
    ByteVector file = make_jpeg({.scans = scans});
    const std::size_t frame = marker_at(file, scans == Scans::progressive ? 0xc2 : 0xc0) + 4;
    const std::size_t scan = first_scan(file) + 4;
    file[frame + 6 + 3] = file[frame + 6];
    if (scans != Scans::one_per_component) file[scan + 1 + 2] = file[scan + 1];
    if (scans != Scans::one) {
      CHECK(std::get<jpeg::Refusal>(jpeg::examine(file)).reason == jpeg::Reason::component_numbers);
      continue;
    }
    CHECK(warning_of(file) == "");
    CHECK(check_marking(file, a_disc()).marked.path == jpeg::Path::splice);
  }
}

TEST_CASE("a file without Huffman tables is coded with the standard ones, as frames of Motion JPEG are") {
  const ByteVector with_tables = make_jpeg({.restart_interval = 2});
  ByteVector file = with_tables;
  for (int i = 0; i < 4; ++i) {
    const std::size_t table = marker_at(file, 0xc4);
    file = without(file, table, jpeg::segment_at(file, table).end);
  }
  CHECK(warning_of(file) == "");
  const jpeg::MarkedJpeg marked = mark_or_fail(file, a_disc());
  CHECK(marked.path == jpeg::Path::splice);
  CHECK(decodes_without_warning(marked.bytes));
  const OraclePicture picture = read_by_libjpeg(marked.bytes);
  const OraclePicture other = read_by_libjpeg(mark_or_fail(with_tables, a_disc()).bytes);
  for (std::size_t c = 0; c < 3; ++c) CHECK(picture.components[c].blocks == other.components[c].blocks);
}

TEST_CASE("a progressive file that ends early goes to pixels where decoders smooth what is missing") {
  const ByteVector file = make_jpeg({.scans = Scans::progressive});
  const jpeg::Header header = jpeg::read_header(file);
  const jpeg::Rest rest = jpeg::read_rest(file, header.frame, header.scan.data, 100);
  const auto ended_after = [&](int scans) {
    ByteVector early = without(file, marker_at(file, 0xda, scans), file.size());
    // Tables for the next scan may stay.
    return inserted(std::move(early), marker_at(file, 0xda, scans), "\xff\xd9");
  };
  const auto ending = [&](const ByteVector& early) {
    jpeg::InPlaceMarker marker;
    const auto layers = a_disc();
    return marker.mark(early, std::get<jpeg::Candidate>(jpeg::examine(early)), layers);
  };
  const int scans = static_cast<int>(rest.scans.size()) + 1;
  for (int count = 1; count < scans; ++count) {
    CAPTURE(count);
    const ByteVector early = ended_after(count);
    CHECK(warning_of(early) == "");
    CHECK(std::get<jpeg::Refusal>(ending(early)).reason == jpeg::Reason::ends_early);
  }
  CHECK(std::holds_alternative<jpeg::MarkedJpeg>(ending(file)));
}

TEST_CASE("what really is damage stays damage") {
  const ByteVector file = make_jpeg({.restart_interval = 2});
  for (const ByteVector& broken :
       {before_end(file, "\xff\xd8"), before_end(file, "\xff\x02"),
        inserted(file, first_scan(file), "\xff\xd8"), inserted(file, marker_at(file, 0xd0), "\xff\xd5"),
        before_end(file, std::string("\xff\xfe\x00\x01", 4))}) {
    const auto examined = jpeg::examine(broken);
    if (std::holds_alternative<jpeg::Damage>(examined)) continue;
    jpeg::InPlaceMarker marker;
    const auto layers = a_disc();
    CHECK(std::holds_alternative<jpeg::Damage>(
        marker.mark(broken, std::get<jpeg::Candidate>(examined), layers)));
  }
}
