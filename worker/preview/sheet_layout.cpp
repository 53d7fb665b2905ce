#include "worker/preview/sheet_layout.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace wm {
namespace {

constexpr int margin = 24;
constexpr int gap = 16;
constexpr int caption_height = 40;        // two lines, for a name
constexpr int short_caption_height = 22;  // for a single word
constexpr int narrowest_caption = 120;
constexpr Size comparison_room{1600, 1200};  // for the pictures of a comparison

double scale_into(Size picture, Size room) {
  return std::min({1.0, static_cast<double>(room.width) / picture.width,
                   static_cast<double>(room.height) / picture.height});
}

}  // namespace

ContactLayout contact_layout(unsigned pictures) {
  constexpr int wanted_width = 1600;
  const int count = static_cast<int>(pictures);
  const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
  const int rows = (count + columns - 1) / columns;
  ContactLayout layout;
  layout.picture.width = std::clamp((wanted_width - (columns - 1) * gap) / columns, 220, 640);
  layout.picture.height = layout.picture.width * 3 / 4;
  const Size step{layout.picture.width + gap, layout.picture.height + caption_height + gap};
  layout.sheet = {2 * margin + columns * step.width - gap, 2 * margin + rows * step.height - gap};
  for (int i = 0; i < count; ++i) {
    const Point at{margin + i % columns * step.width, margin + i / columns * step.height};
    layout.pictures.push_back({at.x, at.y, layout.picture.width, layout.picture.height});
    layout.captions.push_back({at.x, at.y + layout.picture.height, layout.picture.width, caption_height});
  }
  return layout;
}

ComparisonPlan comparison_plan(Size picture) {
  const Size beside{(comparison_room.width - gap) / 2, comparison_room.height};
  const Size above{comparison_room.width, (comparison_room.height - gap) / 2 - short_caption_height};
  const bool stacked = scale_into(picture, above) > scale_into(picture, beside);
  return {stacked, stacked ? above : beside};
}

ComparisonLayout comparison_layout(Size shown, bool stacked) {
  const Size cell{std::max(shown.width, narrowest_caption), shown.height + short_caption_height};
  const Point second =
      stacked ? Point{margin, margin + cell.height + gap} : Point{margin + cell.width + gap, margin};
  const auto picture = [&](Point at) {
    return Box{at.x + (cell.width - shown.width) / 2, at.y, shown.width, shown.height};
  };
  const auto caption = [&](Point at) {
    return Box{at.x, at.y + shown.height, cell.width, short_caption_height};
  };
  const Point first{margin, margin};
  return {.sheet = {second.x + cell.width + margin, second.y + cell.height + margin},
          .before = picture(first),
          .after = picture(second),
          .before_caption = caption(first),
          .after_caption = caption(second)};
}

Box scaled_box(const Box& box, Size from, Size to, Point origin) {
  const auto edges = [](int start, int length, int whole, int shown) {
    const std::int64_t first = std::int64_t{start} * shown;
    const std::int64_t last = (std::int64_t{start} + length) * shown;
    const auto down = [&](std::int64_t value) { return (value - (value < 0 ? whole - 1 : 0)) / whole; };
    const std::int64_t begin = down(first);
    return std::pair(static_cast<int>(begin),
                     static_cast<int>(std::max(begin + 1, down(last + whole - 1)) - begin));
  };
  const auto [left, width] = edges(box.left, box.width, from.width, to.width);
  const auto [top, height] = edges(box.top, box.height, from.height, to.height);
  return {origin.x + left, origin.y + top, width, height};
}

Box standing(Size size, const Box& room) {
  return {room.left + (room.width - size.width) / 2, room.top + room.height - size.height, size.width,
          size.height};
}

}  // namespace wm
