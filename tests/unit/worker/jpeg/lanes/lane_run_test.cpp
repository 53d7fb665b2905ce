#include "worker/jpeg/lanes/lane_run.h"

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/jpeg/lanes/opened_scan.h"

using namespace wm;
using namespace wm::test;

namespace {

/// Every code has eight bits; codes that are left over are none.
WrittenTable level(std::size_t count, std::uint8_t step) {
  WrittenTable table{.counts = {0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(count)}};
  for (std::size_t i = 0; i < count; ++i) table.symbols.push_back(static_cast<std::uint8_t>(i * step));
  return table;
}

std::vector<std::unique_ptr<OpenedScan>> random_scans() {
  const WrittenTable sizes = staircase({15, 3, 0, 11, 1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14});
  // Codes of eleven bits with magnitudes of fifteen: more than a lane loads.
  WrittenTable long_sizes{.counts = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 128}, .symbols = {0, 1, 2, 3}};
  long_sizes.symbols.resize(4 + 128, 15);
  const WrittenTable small = staircase({0, 1, 2});
  const WrittenTable coefficients = staircase(
      {0x01, 0x00, 0x11, 0xf0, 0x02, 0x21, 0x0f, 0x31, 0x22, 0x41, 0x51, 0x1a, 0x61, 0x71, 0xf1, 0x81});
  const WrittenTable without_end = staircase({0x01, 0x11, 0xf0, 0x21});
  const WrittenTable runs = staircase({0xf0, 0xe1, 0x00});  // so short that many fit into a step
  const WrittenTable pairs = staircase({0xf0, 0x11, 0x01});
  const WrittenTable odd = level(255, 1);  // with symbols that sequential scans do not have
  std::vector<std::unique_ptr<OpenedScan>> scans;
  const auto add = [&](const WrittenTable& dc, const WrittenTable& ac,
                       const std::vector<std::pair<int, int>>& sampling) {
    const auto seed = static_cast<unsigned>(scans.size() + 1);
    scans.push_back(std::make_unique<OpenedScan>(seed, 60000, dc, ac, sampling));
  };
  add(sizes, coefficients, {{2, 2}, {1, 1}, {1, 1}});
  add(small, coefficients, {{1, 1}});
  add(sizes, without_end, {{1, 1}, {1, 1}, {1, 1}});
  add(small, odd, {{2, 1}, {1, 1}, {1, 1}});
  add(small, runs, {{1, 1}, {1, 1}, {1, 1}});
  add(small, pairs, {{1, 1}});
  add(long_sizes, coefficients, {{1, 1}, {1, 1}, {1, 1}});
  add(level(16, 1), coefficients, {{4, 1}, {2, 1}, {2, 1}});  // eight blocks
  return scans;
}

}  // namespace

TEST_CASE("steps of a lane end MCUs where the plain walk does") {
  for (const JpegRecipe& recipe : various_recipes()) {
    const OpenedScan scan(make_jpeg(recipe));
    const jpeg::LaneTables tables(scan.header, scan.mcu());
    const auto starts = walked_plainly(scan);
    REQUIRE(starts.size() == scan.geometry.mcu_count() + 1);
    jpeg::LaneState lane = jpeg::lane_at(0, tables);
    std::size_t steps = 0;
    for (std::size_t mcu = 1; mcu < starts.size(); ++mcu) {
      while (lane.mcus < mcu) {
        REQUIRE(jpeg::step(tables, scan.window.bits(), lane));
        ++steps;
      }
      const auto [all, second, third] = lane.sums;
      const McuStart reached{lane.position, {all - second - third, second, third}};
      if (reached != starts[mcu]) FAIL("MCU " << mcu << " starts elsewhere");
      if (lane.slot != 0 || lane.last != 0) FAIL("MCU " << mcu << " has started already");
    }
    // Several symbols at a time; one coefficient takes 3 bits and more.
    CHECK(steps < scan.window.bit_count() / 5);
  }
}

TEST_CASE("lanes in vectors pass exactly what one in plain code passes") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  auto scans = random_scans();
  for (const JpegRecipe& recipe : various_recipes()) {
    scans.push_back(std::make_unique<OpenedScan>(make_jpeg(recipe)));
  }
  for (const auto& scan : scans) {
    const jpeg::LaneTables tables(scan->header, scan->mcu());
    const auto end = static_cast<std::uint32_t>(scan->window.bit_count());
    constexpr std::size_t lanes = jpeg::LaneRun::lanes;
    std::array<std::uint32_t, lanes> begins{};
    std::array<std::uint32_t, lanes> stops{};
    for (std::size_t i = 0; i < lanes; ++i) {
      begins[i] = static_cast<std::uint32_t>(i * end / lanes);
      stops[i] = static_cast<std::uint32_t>(std::min<std::size_t>(begins[i] + end / lanes + 3000, end));
    }
    jpeg::LaneRun run;
    run.run(tables, scan->window.bits(), begins, stops, end);
    std::size_t compared = 0;
    for (std::size_t i = 0; i < lanes; ++i) {
      jpeg::LaneState lane = jpeg::lane_at(begins[i], tables);
      const auto range = run.range(i);
      for (std::uint32_t index = range.first; index < range.last; ++index) {
        const jpeg::LaneState passed = run.snapshot(i, index);
        while (lane.position < passed.position) {
          if (jpeg::step(tables, scan->window.bits(), lane)) continue;
          // The first lane is true: it must not go on.
          REQUIRE(i != 0);
          lane = jpeg::lane_at(lane.position + 1, tables);
        }
        if (!lane.is_where(passed) || lane.sums != passed.sums || lane.mcus != passed.mcus) {
          FAIL("lane " << i << " has not been at bit " << passed.position);
        }
        ++compared;
        REQUIRE(passed.position < end);
      }
    }
    CHECK(compared > 0);
  }
}

TEST_CASE("no step of a lane passes for the end of a block") {
  const OpenedScan scan(1, 10000, staircase({0, 1}), staircase({0xf0, 0x11, 0x00}), {{1, 1}});
  const jpeg::LaneTables tables(scan.header, scan.mcu());
  constexpr std::uint32_t last = 62;  // there are coefficients after it
  std::uint32_t longest = 0;
  std::uint32_t longest_with_end = 0;
  for (const std::uint32_t table : {tables.start()[0], tables.middle()[0]}) {
    for (std::uint32_t i = 0; i < 1U << jpeg::LaneTables::index_bits; ++i) {
      const std::uint32_t advance = tables.entries()[table + i] >> 8 & 0xff;
      std::uint32_t& longest_of_kind = advance < 129 ? longest : longest_with_end;
      longest_of_kind = std::max(longest_of_kind, advance);
    }
  }
  // Bit 6 of the sum has to be set from 64 on, and from the end's 129 and 63 on.
  CHECK(longest == 64);
  CHECK(longest + last < 128);
  CHECK(longest_with_end == 64 + 129);
  CHECK(longest_with_end + last < 256);
}

TEST_CASE("lanes that are through do not leave the window") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  const OpenedScan scan(make_jpeg(various_recipes()[0]));
  const jpeg::LaneTables tables(scan.header, scan.mcu());
  const auto end = static_cast<std::uint32_t>(scan.window.bit_count());
  std::array<std::uint32_t, jpeg::LaneRun::lanes> begins{};
  std::array<std::uint32_t, jpeg::LaneRun::lanes> stops{};
  stops.fill(end);
  // Every other lane is through at once.
  for (std::size_t i = 1; i < jpeg::LaneRun::lanes; i += 2) begins[i] = end - 100;
  jpeg::LaneRun run;
  run.run(tables, scan.window.bits(), begins, stops, end);
  REQUIRE(run.range(0).last > 10);
  for (std::uint32_t index = 0; index < run.range(0).last; ++index) {
    for (std::size_t i = 0; i < jpeg::LaneRun::lanes; ++i) {
      REQUIRE(run.snapshot(i, index).position <= end + jpeg::LaneRun::longest_overshoot);
    }
  }
}

TEST_CASE("lanes are through their parts but for a few that are far behind") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  const OpenedScan scan(make_jpeg(various_recipes()[0]));
  const jpeg::LaneTables tables(scan.header, scan.mcu());
  const auto part = static_cast<std::uint32_t>(scan.window.bit_count() / jpeg::LaneRun::lanes);
  std::array<std::uint32_t, jpeg::LaneRun::lanes> begins{};
  std::array<std::uint32_t, jpeg::LaneRun::lanes> stops{};
  for (std::uint32_t i = 0; i < jpeg::LaneRun::lanes; ++i) {
    begins[i] = i * part;
    stops[i] = (i + 1) * part;
  }
  jpeg::LaneRun run;
  run.run(tables, scan.window.bits(), begins, stops, stops.back());
  std::size_t after = 0;
  for (std::size_t i = 0; i < jpeg::LaneRun::lanes; ++i) {
    REQUIRE(run.range(i).last > run.range(i).first);
    const jpeg::LaneState last = run.snapshot(i, run.range(i).last - 1);
    const bool through = last.position >= stops[i] || i + 1 == jpeg::LaneRun::lanes;
    if (!through) ++after;
    // Not further than it has to.
    CHECK(last.position < stops[i] + jpeg::LaneRun::steps_between_snapshots * 27);
  }
  CHECK(after <= 4);
}

TEST_CASE("MCUs of more than eight blocks have no lanes") {
  std::vector<jpeg::McuBlock> mcu(8);
  CHECK(jpeg::LaneTables::suit(mcu));
  mcu.emplace_back();
  CHECK_FALSE(jpeg::LaneTables::suit(mcu));
  mcu.resize(1);
  mcu[0].component = 3;
  CHECK_FALSE(jpeg::LaneTables::suit(mcu));
}
