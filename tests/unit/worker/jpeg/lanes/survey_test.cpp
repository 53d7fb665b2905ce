#include "worker/jpeg/lanes/survey.h"

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/jpeg/lanes/opened_scan.h"
#include "worker/jpeg/lanes/shortcuts.h"

using namespace wm;
using namespace wm::test;

namespace {

struct Surveyed {
  std::size_t joined = 0;
  std::size_t furthest = 0;  // MCUs between two checkpoints, or before the first, or after the last
};

/// Fails the test unless all checkpoints are where the plain walk passes.
Surveyed check_survey(const OpenedScan& scan) {
  // Damage may make more MCUs than there are; a survey does not know how many there have to be.
  const auto starts = walked_plainly(scan, scan.window.bit_count());
  jpeg::Survey survey(scan.header, scan.mcu());
  survey.make(scan.window, 0);
  Surveyed result{.joined = survey.joined()};
  for (std::size_t mcus = 1; mcus < starts.size() + 20; ++mcus) {
    const auto found = survey.last_before(mcus);
    if (!found) {
      result.furthest = std::max(result.furthest, mcus);
      continue;
    }
    if (found->mcus >= mcus) FAIL("a checkpoint is not before MCU " << mcus);
    if (mcus < starts.size()) result.furthest = std::max(result.furthest, mcus - found->mcus);
    // The walk has been in this MCU, be it that it did not get to its end.
    REQUIRE(found->mcus < starts.size());
    McuStart at{.position = found->position, .predictors = found->differences};
    REQUIRE(at.position >= starts[found->mcus].position);
    if (found->slot == 0 && !found->last) {
      if (at != starts[found->mcus]) FAIL("a checkpoint is not at the start of MCU " << found->mcus);
      continue;
    }
    if (found->mcus + 1 == starts.size()) continue;  // damage: there is nothing to compare with
    jpeg::finish_mcu(scan.mcu(), scan.window, found->slot, found->last, at.position, at.predictors);
    if (at != starts[found->mcus + 1]) FAIL("a checkpoint does not lead to MCU " << found->mcus + 1);
  }
  return result;
}

}  // namespace

TEST_CASE("checkpoints of a survey are where the plain walk passes, and near each other") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  for (const JpegRecipe& recipe : various_recipes()) {
    const OpenedScan scan(make_jpeg(recipe));
    const Surveyed surveyed = check_survey(scan);
    CHECK(surveyed.joined > jpeg::LaneRun::lanes / 2);
    // A step takes 128 blocks at most from one snapshot to the next, and more where lanes meet.
    CHECK(surveyed.furthest < 400);
  }
}

TEST_CASE("blocks that are all alike may never synchronise") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  for (const int components : {1, 3}) {
    const OpenedScan scan(make_jpeg({.width = 4000, .height = 1200, .components = components, .flat = true}));
    check_survey(scan);
  }
}

TEST_CASE("no checkpoint lies after damage") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  const ByteVector file = make_jpeg({.width = 480, .height = 400, .optimised = true});
  const std::size_t data = jpeg::read_header(file).scan.data;
  std::mt19937 generator(7);
  std::size_t damaged = 0;
  for (int i = 0; i < 60; ++i) {
    ByteVector changed = file;
    const std::size_t at = data + generator() % (file.size() - data - 40);
    // Ones begin no code, whatever is before them.
    if (i % 3 == 0) {
      for (std::size_t k = 0; k < 12; k += 2) {
        changed[at + k] = std::byte{0xff};
        changed[at + k + 1] = std::byte{0};
      }
    } else {
      changed[at] = static_cast<std::byte>(generator() % 255);
    }
    const OpenedScan scan(changed);
    check_survey(scan);
    if (walked_plainly(scan).size() <= scan.geometry.mcu_count()) ++damaged;
  }
  CHECK(damaged >= 20);
}

TEST_CASE("short scans are surveyed, too, when they have to be") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  for (const int width : {1, 16, 17, 40, 100, 300}) {
    const OpenedScan scan(make_jpeg({.width = width, .height = 40}));
    check_survey(scan);
  }
}

TEST_CASE("a jump leads to where the walk would be, and not beyond its end") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  for (const int components : {1, 3}) {
    const OpenedScan scan(make_jpeg({.width = 480, .height = 400, .components = components}));
    const auto starts = walked_plainly(scan);
    const std::size_t count = scan.geometry.mcu_count();
    jpeg::Shortcuts shortcuts(scan.header, scan.mcu(), {.surveyed_bits = 1, .surveyed_mcus = 1});
    // The survey begins after the first MCUs and is used again for other stretches.
    McuStart at = starts[5];
    CHECK(shortcuts.jump(scan.window, 5, count, at.position, at.predictors) > count - 100);
    std::size_t jumps = 0;
    for (std::size_t first = 5; first < count; ++first) {
      for (const std::size_t last : {first, first + 1, first + 17, first + 60, first + 200, count}) {
        if (last > count) continue;
        at = starts[first];
        const std::size_t reached = shortcuts.jump(scan.window, first, last, at.position, at.predictors);
        if (reached < first || reached > last) FAIL("a jump from " << first << " to " << last << " fails");
        if (at != starts[reached]) FAIL("a jump from " << first << " does not lead to MCU " << reached);
        if (reached != first) ++jumps;
      }
    }
    CHECK(jumps > count);
  }
}

TEST_CASE("what is too short for lanes is not surveyed") {
  const OpenedScan scan(make_jpeg({.width = 480, .height = 400}));
  const std::size_t bits = scan.window.bit_count();
  const std::size_t count = scan.geometry.mcu_count();
  const auto jumps = [&](const jpeg::WalkOptions& options) {
    jpeg::Shortcuts shortcuts(scan.header, scan.mcu(), options);
    McuStart at;
    return shortcuts.jump(scan.window, 0, count, at.position, at.predictors) != 0;
  };
  CHECK_FALSE(jumps({.surveyed_bits = bits + 1, .surveyed_mcus = 1}));
  CHECK_FALSE(jumps({.surveyed_bits = 1, .surveyed_mcus = count + 1}));
  CHECK(jumps({.surveyed_bits = bits, .surveyed_mcus = count}) == jpeg::LaneRun::is_possible());
}

TEST_CASE("nothing is known of a window that has moved") {
  if (!jpeg::LaneRun::is_possible()) skip("this processor has no AVX2");
  const OpenedScan scan(make_jpeg({.width = 480, .height = 400}));
  const auto starts = walked_plainly(scan);
  const std::size_t count = scan.geometry.mcu_count();
  jpeg::Shortcuts shortcuts(scan.header, scan.mcu(), {.surveyed_bits = 1, .surveyed_mcus = count});
  McuStart at;
  CHECK(shortcuts.jump(scan.window, 0, count, at.position, at.predictors) != 0);
  at = starts[1];
  CHECK(shortcuts.jump(scan.window, 1, count, at.position, at.predictors) != 1);
  shortcuts.forget();
  at = starts[1];
  CHECK(shortcuts.jump(scan.window, 1, count, at.position, at.predictors) == 1);
}
