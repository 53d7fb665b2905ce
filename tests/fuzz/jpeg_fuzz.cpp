// Hostile JPEG files through the whole in-place engine. The first bytes say what mark goes where; the rest is
// the file. A file that was marked must be sound for the engine itself, and marking it with nothing must
// change no byte. However the scan is walked over, the result is the same.

#include <cstdlib>
#include <cstring>

#include "tests/unit/worker/jpeg/support/marks.h"
#include "worker/jpeg/in_place_marker.h"

namespace {

using namespace wm;

constexpr std::size_t parameter_bytes = 4;
constexpr jpeg::Limits limits{.coefficient_bytes = std::size_t{4} << 20, .scans = 12};

std::vector<jpeg::MarkLayer> layers_for(const std::uint8_t* parameters, const jpeg::Candidate& candidate) {
  static const std::array grey{test::disc_mark(19, 13, 1), test::plain_mark(70, 40, 1, 200)};
  static const std::array colour{test::disc_mark(19, 13, 3), test::plain_mark(70, 40, 3, 200)};
  const auto& marks = candidate.colours == jpeg::ColourModel::grey ? grey : colour;
  const Point position{parameters[0] - 40, parameters[1] - 40};
  std::vector<jpeg::MarkLayer> layers{{marks[parameters[3] & 1], {position}, parameters[2] / 255.0}};
  if ((parameters[3] & 2) != 0)
    layers.push_back({marks[0], {{5, 7}, position, {position.x + 9, position.y}}, 0.5});
  return layers;
}

void must_stay_the_same(const std::vector<std::byte>& marked) {
  const auto examined = jpeg::examine(marked, limits);
  const auto* candidate = std::get_if<jpeg::Candidate>(&examined);
  if (candidate == nullptr) std::abort();
  jpeg::InPlaceMarker marker(limits);
  const auto again = marker.mark(marked, *candidate, {});
  const auto* same = std::get_if<jpeg::MarkedJpeg>(&again);
  if (same == nullptr) std::abort();
  if (candidate->path == jpeg::Path::splice && whole(marked, *same) != marked) std::abort();
}

/// Many lanes for the shortest stretch, or none for the longest.
jpeg::WalkOptions walk_options(bool lanes) {
  if (lanes) return {.window_bytes = 0, .surveyed_bits = 1, .surveyed_mcus = 1};
  return {.window_bytes = 0, .surveyed_bits = static_cast<std::size_t>(-1)};
}

void must_be_the_same(jpeg::Bytes file, const jpeg::MarkResult& one, const jpeg::MarkResult& other) {
  if (one.index() != other.index()) std::abort();
  if (const auto* marked = std::get_if<jpeg::MarkedJpeg>(&one)) {
    if (whole(file, *marked) != whole(file, std::get<jpeg::MarkedJpeg>(other))) std::abort();
  } else if (const auto* damage = std::get_if<jpeg::Damage>(&one)) {
    if (damage->text != std::get<jpeg::Damage>(other).text) std::abort();
  } else if (std::get<jpeg::Refusal>(one).reason != std::get<jpeg::Refusal>(other).reason) {
    std::abort();
  }
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < parameter_bytes) return 0;
  // A copy of its own, so that a read after the end is seen.
  const auto* const begin = reinterpret_cast<const std::byte*>(data + parameter_bytes);
  const std::vector<std::byte> file(begin, begin + (size - parameter_bytes));
  const auto examined = jpeg::examine(file, limits);
  const auto* candidate = std::get_if<jpeg::Candidate>(&examined);
  if (candidate == nullptr) return 0;
  const auto mark = [&](bool lanes) {
    jpeg::InPlaceMarker marker(limits, std::size_t{1} << 20, walk_options(lanes));
    return marker.mark(file, *candidate, layers_for(data, *candidate));
  };
  const auto result = mark(true);
  if (candidate->path == jpeg::Path::splice) must_be_the_same(file, result, mark(false));
  if (const auto* marked = std::get_if<jpeg::MarkedJpeg>(&result)) must_stay_the_same(whole(file, *marked));
  return 0;
}
