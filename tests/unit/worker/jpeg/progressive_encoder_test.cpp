#include "worker/jpeg/progressive_encoder.h"

#include <random>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/jpeg_oracle.h"
#include "tests/unit/worker/jpeg/support/rewrite_by_libjpeg.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/scan_script.h"

using namespace wm;
using namespace wm::test;

namespace {

using Script = std::vector<jpeg::Scan>;

/// Coefficients of a picture, and how they are to be written.
struct Subject {
  jpeg::Frame frame;
  std::uint32_t restart_interval = 0;
  std::vector<std::vector<CoefficientBlock>> components;  // row by row
  jpeg::ScanGeometry geometry;
};

jpeg::Scan scan_of(std::vector<std::size_t> components, int first, int last, int high_bit, int low_bit) {
  jpeg::Scan scan{.spectral_first = first, .spectral_last = last, .high_bit = high_bit, .low_bit = low_bit};
  for (const std::size_t component : components) scan.components.push_back({.component = component});
  return scan;
}

std::vector<std::size_t> all_of(const jpeg::Frame& frame) {
  std::vector<std::size_t> all;
  for (std::size_t c = 0; c < frame.components.size(); ++c) all.push_back(c);
  return all;
}

/// Every bit in a scan of its own.
Script bit_by_bit(const jpeg::Frame& frame) {
  Script script{scan_of(all_of(frame), 0, 0, 0, 5)};
  for (int bit = 4; bit >= 0; --bit) script.push_back(scan_of(all_of(frame), 0, 0, bit + 1, bit));
  for (const std::size_t c : all_of(frame)) {
    script.push_back(scan_of({c}, 1, 63, 0, 6));
    for (int bit = 5; bit >= 0; --bit) script.push_back(scan_of({c}, 1, 63, bit + 1, bit));
  }
  return script;
}

/// Components and parts of the spectrum apart.
Script split(const jpeg::Frame& frame) {
  Script script;
  for (const std::size_t c : all_of(frame)) script.push_back(scan_of({c}, 0, 0, 0, 0));
  for (const std::size_t c : all_of(frame)) {
    for (const auto& [first, last] : {std::pair{1, 1}, {2, 2}, {3, 7}, {8, 20}, {21, 62}, {63, 63}}) {
      script.push_back(scan_of({c}, first, last, 0, first == 8 ? 1 : 0));
    }
    script.push_back(scan_of({c}, 8, 20, 1, 0));
  }
  return script;
}

/// The last two components in a scan of their own.
Script pairs(const jpeg::Frame& frame) {
  Script script{scan_of({0}, 0, 0, 0, 1)};
  if (frame.components.size() == 3) script.push_back(scan_of({1, 2}, 0, 0, 0, 0));
  script.push_back(scan_of({0}, 0, 0, 1, 0));
  for (const std::size_t c : all_of(frame)) script.push_back(scan_of({c}, 1, 63, 0, 0));
  return script;
}

Subject empty_subject(int width, int height, const std::vector<std::pair<int, int>>& sampling) {
  Subject subject;
  subject.frame = {.marker = jpeg::marker::sof2, .precision = 8, .width = width, .height = height};
  for (std::size_t i = 0; i < sampling.size(); ++i) {
    subject.frame.components.push_back({.id = static_cast<std::uint8_t>(i + 1),
                                        .horizontal = sampling[i].first,
                                        .vertical = sampling[i].second});
  }
  subject.geometry = jpeg::geometry_of(subject.frame);
  for (const jpeg::ComponentGrid& grid : subject.geometry.components) {
    subject.components.emplace_back(static_cast<std::size_t>(grid.blocks.width) *
                                    static_cast<std::size_t>(grid.blocks.height));
  }
  return subject;
}

unsigned below(std::mt19937& random, unsigned limit) {
  return static_cast<unsigned>(random() % limit);
}

/// Blocks of `density` in 256 coefficients that are not zero, of up to `largest_size` bits.
void fill(Subject& subject, std::mt19937& random, unsigned density, unsigned largest_size) {
  for (auto& blocks : subject.components) {
    for (CoefficientBlock& block : blocks) {
      const unsigned busy = random() % 3 == 0 ? 0 : density;
      for (std::size_t n = 0; n < 64; ++n) {
        if (n != 0 && random() % 256 >= busy) continue;
        const auto magnitude = static_cast<int>(random() % (1U << (1 + random() % largest_size)));
        block[n] = static_cast<std::int16_t>(random() % 2 == 0 ? magnitude : -magnitude);
      }
    }
  }
}

ByteVector file_of(const Subject& subject, const Script& script,
                   std::size_t max_memory = std::size_t{64} << 20) {
  std::vector<jpeg::CoefficientPlane> planes;
  for (std::size_t c = 0; c < subject.components.size(); ++c) {
    jpeg::CoefficientPlane plane{.blocks = subject.geometry.components[c].blocks};
    for (int row = 0; row < plane.blocks.height; ++row) {
      plane.rows.push_back(subject.components[c][static_cast<std::size_t>(row * plane.blocks.width)].data());
    }
    planes.push_back(plane);
  }
  const ByteVector scans = jpeg::write_progressive_scans({.frame = subject.frame,
                                                          .geometry = subject.geometry,
                                                          .planes = planes,
                                                          .restart_interval = subject.restart_interval,
                                                          .max_memory = max_memory},
                                                         script, 100);
  std::vector<int> head{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0};
  head.insert(head.end(), 64, 1);
  const jpeg::Frame& frame = subject.frame;
  const int count = static_cast<int>(frame.components.size());
  for (const int byte : {0xff, 0xc2, 0, 8 + 3 * count, 8, frame.height >> 8, frame.height & 0xff,
                         frame.width >> 8, frame.width & 0xff, count}) {
    head.push_back(byte);
  }
  for (const jpeg::Component& component : frame.components) {
    for (const int byte : {int{component.id}, component.horizontal << 4 | component.vertical, 0}) {
      head.push_back(byte);
    }
  }
  ByteVector file;
  for (const int byte : head) file.push_back(static_cast<std::byte>(byte));
  file.insert(file.end(), scans.begin(), scans.end());
  return file;
}

/// libjpeg reads what was written, and has nothing to say about it.
ByteVector check(const Subject& subject, const Script& script) {
  ByteVector file = file_of(subject, script);
  const OraclePicture picture = read_by_libjpeg(file);
  CHECK(picture.error.empty());
  CHECK(picture.warning.empty());
  CHECK(picture.progressive);
  CHECK(picture.restart_interval == subject.restart_interval);
  CHECK(decodes_without_warning(file));
  REQUIRE(picture.components.size() == subject.components.size());
  std::size_t wrong = 0;
  for (std::size_t c = 0; c < subject.components.size(); ++c) {
    const Size blocks = subject.geometry.components[c].blocks;
    const OracleComponent& read = picture.components[c];
    REQUIRE(read.real_columns == blocks.width);
    REQUIRE(read.real_rows == blocks.height);
    for (int row = 0; row < blocks.height; ++row) {
      for (int column = 0; column < blocks.width; ++column) {
        const auto index = static_cast<std::size_t>(row * blocks.width + column);
        if (read.block(column, row) != subject.components[c][index]) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
  return file;
}

const std::vector<std::pair<int, int>> grey{{1, 1}};
const std::vector<std::pair<int, int>> quarter_chroma{{2, 2}, {1, 1}, {1, 1}};

}  // namespace

TEST_CASE("what is written as progressive scans libjpeg reads: sizes, samplings, scripts, restarts") {
  std::mt19937 random(4711);
  const std::vector<std::vector<std::pair<int, int>>> samplings{grey,
                                                                {{2, 2}},
                                                                {{1, 1}, {1, 1}, {1, 1}},
                                                                {{2, 1}, {1, 1}, {1, 1}},
                                                                quarter_chroma,
                                                                {{4, 1}, {1, 1}, {2, 1}},
                                                                {{1, 1}, {2, 2}, {1, 2}}};
  unsigned round = 0;
  for (int width = 1; width <= 40; ++width) {
    const int height = 1 + static_cast<int>(random() % 40);
    for (const auto& sampling : samplings) {
      Subject subject = empty_subject(width, height, sampling);
      subject.restart_interval = ++round % 3 == 0 ? 1 + below(random, 12) : 0;
      fill(subject, random, 1 + below(random, 256), 1 + below(random, 9));
      const std::array scripts{jpeg::usual_script(subject.frame), bit_by_bit(subject.frame),
                               split(subject.frame), pairs(subject.frame)};
      INFO(width << 'x' << height << ", round " << round);
      check(subject, scripts[round % scripts.size()]);
    }
  }
}

TEST_CASE("a run of more blocks without coefficients than one symbol can tell of") {
  Subject subject = empty_subject(8 * 300, 8 * 250, grey);
  SECTION("all of them") {}
  SECTION("some blocks in between") {
    subject.components[0][10][1] = -9;
    subject.components[0][70000][63] = 3;
  }
  SECTION("restarts") {
    subject.restart_interval = GENERATE(32766U, 32767U, 32768U);
  }
  check(subject, jpeg::usual_script(subject.frame));
}

TEST_CASE("a run with thousands of bits for coefficients that are known") {
  Subject subject = empty_subject(8 * 60, 8 * 50, grey);
  std::mt19937 random(5);
  for (CoefficientBlock& block : subject.components[0]) {
    for (std::int16_t& coefficient : block) {
      // All of the first scan, so that the second one has no symbol but the run's.
      coefficient = static_cast<std::int16_t>(2 + below(random, 30));
      if (random() % 2 == 0) coefficient = static_cast<std::int16_t>(-coefficient);
    }
  }
  SECTION("blocks full of them") {}
  SECTION("zeros at the ends of blocks") {
    for (CoefficientBlock& block : subject.components[0]) block[63] = 0;
  }
  const std::size_t size =
      check(subject, {scan_of({0}, 0, 0, 0, 0), scan_of({0}, 1, 63, 0, 1), scan_of({0}, 1, 63, 1, 0)}).size();
  CHECK(size > 3000 * 63 / 8);
}

TEST_CASE("progressive scans are as small as libjpeg's") {
  std::mt19937 random(815);
  for (const unsigned density : {4U, 20U, 80U}) {
    Subject subject = empty_subject(640, 424, quarter_chroma);
    subject.restart_interval = density == 20 ? 7 : 0;
    fill(subject, random, density, 5);
    for (const Script& script : {jpeg::usual_script(subject.frame), bit_by_bit(subject.frame)}) {
      const ByteVector file = check(subject, script);
      CHECK(static_cast<double>(file.size()) <=
            1.001 * static_cast<double>(rewrite_by_libjpeg(file, script).size()));
    }
  }
}

TEST_CASE("coefficients that 8-bit samples cannot give are not written") {
  Subject subject = empty_subject(16, 8, grey);
  const Script script = pairs(subject.frame);
  subject.components[0][0][0] = 1023;
  subject.components[0][1][0] = -1024;
  subject.components[0][0][5] = -1023;
  check(subject, script);
  SECTION("AC") {
    subject.components[0][0][5] = static_cast<std::int16_t>(GENERATE(1024, -1024, 32767, -32768));
  }
  SECTION("DC") {
    subject.components[0][0][0] = 32767;
    subject.components[0][1][0] = -32768;
  }
  CHECK_THROWS_AS(file_of(subject, script), jpeg::DamagedJpeg);
}

TEST_CASE("a picture that takes more memory than allowed is refused") {
  Subject subject = empty_subject(80, 80, grey);
  for (CoefficientBlock& block : subject.components[0]) block.fill(1);
  // 100 blocks: a mask of 8 bytes and 63 symbols of 4 bytes each.
  const Script script{scan_of({0}, 0, 0, 0, 0), scan_of({0}, 1, 63, 0, 0)};
  CHECK_NOTHROW(file_of(subject, script, 100 * (8 + 63 * 4) + 8));
  CHECK_THROWS_AS(file_of(subject, script, 90 * (8 + 63 * 4)), jpeg::NotInPlace);
  CHECK_THROWS_AS(file_of(subject, script, 799), jpeg::NotInPlace);
}
