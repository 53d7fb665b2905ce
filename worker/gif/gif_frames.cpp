#include "worker/gif/gif_frames.h"

#include <array>

#include "worker/container/gif_blocks.h"

namespace wm::gif {
namespace {

using container::Endian;
using container::GifBlock;
using container::part;
using container::u16;
using container::u8;

constexpr std::uint8_t image_separator = 0x2C;
constexpr std::size_t descriptor_size = 10;

/// The properties that a graphic control extension sets for the following frame.
struct Control {
  Disposal disposal = Disposal::keep;
  std::optional<std::uint8_t> transparent;
  int delay = 0;
};

Control control_of(Bytes block) {
  Control control;
  const std::uint8_t packed = u8(block, 3);
  // 4 is treated like 3, as browsers do.
  switch (packed >> 2 & 7) {
    case 2:
      control.disposal = Disposal::clear;
      break;
    case 3:
    case 4:
      control.disposal = Disposal::restore;
      break;
    default:
      break;
  }
  control.delay = u16(block, 4, Endian::little);
  if ((packed & 1) != 0) control.transparent = u8(block, 6);
  return control;
}

/// The extension counts repetitions after the first play.
std::optional<int> plays_of(const GifBlock& block) {
  if (!block.is_loop()) return std::nullopt;
  constexpr std::size_t count_at = 16;
  if (u8(block.whole, 14) < 3 || (u8(block.whole, 15) & 7) != 1) return std::nullopt;
  const int repeats = u16(block.whole, count_at, Endian::little);
  return repeats == 0 ? 0 : repeats + 1;
}

Frame frame_of(Bytes image, Bytes file_palette, const Control& control) {
  const std::uint8_t packed = u8(image, 9);
  Frame frame{.left = u16(image, 1, Endian::little),
              .top = u16(image, 3, Endian::little),
              .width = u16(image, 5, Endian::little),
              .height = u16(image, 7, Endian::little),
              .interlaced = (packed & 0x40) != 0,
              .disposal = control.disposal,
              .transparent = control.transparent,
              .delay = control.delay};
  const Bytes own = container::gif_palette(image, descriptor_size, packed);
  frame.palette = own.empty() ? file_palette : own;
  frame.root_bits = u8(image, descriptor_size + own.size());
  frame.data = part(image, descriptor_size + own.size() + 1);
  return frame;
}

}  // namespace

std::optional<Animation> read_frames(Bytes file) {
  const auto blocks = container::read_gif_blocks(file);
  if (!blocks) return std::nullopt;
  Animation animation{.width = u16(file, 6, Endian::little), .height = u16(file, 8, Endian::little)};
  const Bytes file_palette = container::gif_palette(file, 13, u8(file, 10));
  Control control;
  for (const GifBlock& block : blocks->blocks) {
    switch (block.kind) {
      case GifBlock::Kind::control:
        control = control_of(block.whole);
        break;
      case GifBlock::Kind::image:
        animation.frames.push_back(frame_of(block.whole, file_palette, control));
        control = {};
        break;
      case GifBlock::Kind::plain_text:
        control = {};  // it belonged to the text
        break;
      case GifBlock::Kind::application:
        if (const auto plays = plays_of(block)) animation.plays = *plays;
        break;
      case GifBlock::Kind::trailer:
        animation.ended = true;
        break;
      default:
        break;
    }
  }
  const Bytes rest = part(file, blocks->end);
  if (!animation.ended && u8(rest, 0) == image_separator && rest.size() >= descriptor_size) {
    animation.frames.push_back(frame_of(rest, file_palette, control));
    animation.frames.back().whole = false;
  } else {
    animation.lost = !animation.ended && !rest.empty();
  }
  return animation;
}

std::uint32_t deinterlaced_row(std::uint32_t row, std::uint32_t height) {
  struct Pass {
    std::uint32_t first, step;
  };
  constexpr std::array<Pass, 4> passes{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  for (const auto [first, step] : passes) {
    const std::uint32_t rows = height > first ? (height - first + step - 1) / step : 0;
    if (row < rows) return first + row * step;
    row -= rows;
  }
  return 0;
}

}  // namespace wm::gif
