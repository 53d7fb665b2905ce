#include "tests/unit/worker/jpeg/support/checked_marking.h"

#include <algorithm>
#include <cstdlib>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/second_decoder.h"

namespace wm::test {
namespace {

/// Whether the box of a mark reaches into the MCU.
bool is_touched(const OraclePicture& picture, int column, int row,
                const std::vector<jpeg::MarkLayer>& layers) {
  const long width = 8L * picture.max_horizontal;
  const long height = 8L * picture.max_vertical;
  for (const jpeg::MarkLayer& layer : layers) {
    for (const Point position : layer.positions) {
      if (position.x<(column + 1) * width&& long{position.x} + layer.mark->size.width> column * width &&
          position.y<(row + 1) * height&& long{position.y} + layer.mark->size.height> row * height) {
        return true;
      }
    }
  }
  return false;
}

void check_untouched(const OraclePicture& source, const OraclePicture& result,
                     const std::vector<jpeg::MarkLayer>& layers) {
  REQUIRE(source.components.size() == result.components.size());
  std::size_t different = 0;
  for (std::size_t c = 0; c < source.components.size(); ++c) {
    const OracleComponent& before = source.components[c];
    const OracleComponent& after = result.components[c];
    CHECK(before.horizontal == after.horizontal);
    CHECK(before.vertical == after.vertical);
    CHECK(before.quantisers == after.quantisers);
    REQUIRE(before.blocks.size() == after.blocks.size());
    for (int row = 0; row < before.rows; ++row) {
      for (int column = 0; column < before.columns; ++column) {
        if (is_touched(source, column / before.horizontal, row / before.vertical, layers)) continue;
        if (before.block(column, row) != after.block(column, row)) ++different;
      }
    }
  }
  CHECK(different == 0);
}

/// 2 % of the file and 12 bytes for each block of a touched MCU, with marks that are no busier than the
/// pictures made here. Tables made anew may make it smaller by more.
void check_size(jpeg::Bytes file, const Checked& checked) {
  const auto blocks =
      checked.marked.touched_mcus * static_cast<std::size_t>(checked.candidate.geometry.blocks_per_mcu());
  const std::size_t slack = file.size() / 50 + 12 * blocks;
  CHECK(checked.marked.bytes.size() <= file.size() + slack);
  if (checked.marked.path == jpeg::Path::splice) CHECK(checked.marked.bytes.size() + slack >= file.size());
}

/// Where luma is not enlarged, each decoder's own arithmetic is all that may differ.
void check_second_decoder(jpeg::Bytes file, const Checked& checked,
                          const std::vector<jpeg::MarkLayer>& layers) {
  if (!decode_by_stb(file, 3)) return;  // a sampling that it does not know
  const auto shown = decode_by_stb(checked.marked.bytes, 3);
  REQUIRE(shown);
  const OraclePicture& picture = checked.result;
  const OracleComponent& luma = picture.components[0];
  if (checked.candidate.colours != jpeg::ColourModel::rgb && luma.horizontal == picture.max_horizontal &&
      luma.vertical == picture.max_vertical) {
    const auto theirs = decode_by_stb(checked.marked.bytes, 1);
    const auto libjpegs = luma_by_libjpeg(checked.marked.bytes);
    REQUIRE(theirs);
    REQUIRE((libjpegs || !checked.source.warning.empty()));
    if (libjpegs) REQUIRE(theirs->samples.size() == libjpegs->samples.size());
    int largest = 0;
    for (std::size_t i = 0; libjpegs && i < theirs->samples.size(); ++i) {
      largest = std::max(largest, std::abs(theirs->samples[i] - libjpegs->samples[i]));
    }
    CHECK(largest <= 1);
  }
  // In colour, MCUs without touched neighbours are the same: decoders may smooth chroma over borders.
  const auto before = decode_by_stb(file, 3);
  const auto is_far = [&](int x, int y) {
    for (int row = -1; row <= 1; ++row) {
      for (int column = -1; column <= 1; ++column) {
        if (is_touched(picture, x / (8 * picture.max_horizontal) + column,
                       y / (8 * picture.max_vertical) + row, layers)) {
          return false;
        }
      }
    }
    return true;
  };
  std::size_t different = 0;
  for (std::size_t i = 0; i < before->samples.size(); ++i) {
    if (before->samples[i] == shown->samples[i]) continue;
    const auto pixel = static_cast<int>(i / 3);
    if (is_far(pixel % picture.width, pixel / picture.width)) ++different;
  }
  CHECK(different == 0);
}

}  // namespace

jpeg::MarkedJpeg mark_or_fail(jpeg::Bytes file, const std::vector<jpeg::MarkLayer>& layers) {
  const jpeg::Examination examined = jpeg::examine(file);
  if (const auto* damage = std::get_if<jpeg::Damage>(&examined)) FAIL(damage->text);
  if (const auto* refusal = std::get_if<jpeg::Refusal>(&examined)) FAIL(refusal->text);
  jpeg::InPlaceMarker marker;
  auto result = marker.mark(file, std::get<jpeg::Candidate>(examined), layers);
  if (const auto* damage = std::get_if<jpeg::Damage>(&result)) FAIL(damage->text);
  if (const auto* refusal = std::get_if<jpeg::Refusal>(&result)) FAIL(refusal->text);
  auto marked = std::get<jpeg::MarkedJpeg>(std::move(result));
  marked.bytes = whole(file, marked);
  marked.kept_bytes = 0;
  return marked;
}

Checked check_marking(jpeg::Bytes file, const std::vector<jpeg::MarkLayer>& layers, bool rgb_inside) {
  Checked checked;
  checked.marked = mark_or_fail(file, layers);
  checked.candidate = std::get<jpeg::Candidate>(jpeg::examine(file));
  checked.source = read_by_libjpeg(file);
  checked.result = read_by_libjpeg(checked.marked.bytes);
  REQUIRE(checked.source.error == "");
  REQUIRE(checked.result.error == "");
  if (checked.source.warning.empty()) CHECK(checked.result.warning == "");
  CHECK(checked.result.width == checked.source.width);
  CHECK(checked.result.height == checked.source.height);
  CHECK(checked.result.progressive == checked.source.progressive);
  CHECK(checked.result.restart_interval == checked.source.restart_interval);
  check_untouched(checked.source, checked.result, layers);
  CHECK(other_segments(checked.marked.bytes) == other_segments(file));
  const Fidelity found = fidelity(checked.source, checked.result, layers, rgb_inside);
  CHECK(found.marked >= found.ideal - 0.1);
  check_second_decoder(file, checked, layers);
  return checked;
}

Checked check_marking(const JpegRecipe& recipe, const std::vector<jpeg::MarkLayer>& layers) {
  INFO(recipe.width << "x" << recipe.height << ", sampling " << recipe.sampling[0].first << "x"
                    << recipe.sampling[0].second << "," << recipe.sampling[1].first << "x"
                    << recipe.sampling[1].second << ", restart interval " << recipe.restart_interval
                    << ", quality " << recipe.quality << ", seed " << recipe.seed
                    << (recipe.optimised ? ", optimised" : ""));
  const ByteVector file = make_jpeg(recipe);
  Checked checked = check_marking(file, layers, recipe.rgb_inside);
  if (!recipe.flat) check_size(file, checked);
  return checked;
}

}  // namespace wm::test
