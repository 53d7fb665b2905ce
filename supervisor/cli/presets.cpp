#include "supervisor/cli/presets.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/value_parsers.h"

namespace wm {
namespace {

constexpr auto percent = Length::Unit::percent;

void corner_logo(Mark& mark) {
  mark.gravity = Gravity::southeast;
  mark.offset_x = mark.offset_y = {2, percent};
  mark.scale = 0.15;
  mark.opacity = 0.6;
}

void copyright_line(Mark& mark) {
  auto* const text = std::get_if<Text>(&mark.source);
  if (text == nullptr) throw BadValue("is for texts; put it after a --text STRING");
  mark.gravity = Gravity::southwest;
  mark.offset_x = {2, percent};
  mark.offset_y = {2, percent};
  mark.opacity = 0.9;
  text->size = {3, percent};
  text->fill = {255, 255, 255, 255};
  text->shadow = Shadow{};
}

/// Scaled to the picture instead of given a font size: a long text in a fixed font size fills one box of half
/// the picture and leaves the rest clean. Rows touch, so that no strip between them can be cut out.
void proof_tiles(Mark& mark) {
  mark.gravity = Gravity::center;
  mark.tile = Tile::brick;
  mark.gap_x = {15, percent};
  mark.gap_y = {0, percent};
  mark.rotate = -30;
  mark.opacity = 0.25;
  mark.scale = 0.3;
  mark.scale_of = ScaleOf::shorter;
}

struct Preset {
  std::string_view name, purpose, options;
  void (*apply)(Mark&);
};

constexpr std::array presets{
    Preset{"corner-logo", "a faint logo or text in the lower right corner",
           "--gravity southeast --offset 2% --scale 15% --opacity 0.6", corner_logo},
    Preset{"copyright-line", "a small text in the lower left corner, readable on any ground",
           "--gravity southwest --offset 2% --size 3% --fill white --shadow --opacity 0.9", copyright_line},
    Preset{
        "proof-tiles", "slanted copies all over the picture, which cannot be cropped away",
        "--gravity center --tile=brick --gap 15%,0% --rotate -30 --opacity 0.25 --scale 30% --scale-of short",
        proof_tiles},
};

constexpr auto names = [] {
  std::array<std::string_view, presets.size()> all{};
  std::transform(presets.begin(), presets.end(), all.begin(),
                 [](const Preset& preset) { return preset.name; });
  return all;
}();

}  // namespace

void apply_preset(std::string_view name, Mark& mark) {
  presets[parse_choice(name, names)].apply(mark);
}

std::span<const std::string_view> preset_names() {
  return names;
}

std::string preset_list() {
  std::string text = "A preset belongs to the mark before it; options after it change what it set.\n";
  for (const Preset& preset : presets) {
    text += fmt::format("\n{}\n    {}\n    {}\n", preset.name, preset.purpose, preset.options);
  }
  return text + "\nExample: wm-supervisor -o marked --text '(c) Ada' --preset copyright-line photos\n";
}

}  // namespace wm
