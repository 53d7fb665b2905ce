#include <algorithm>
#include <string>
#include <vector>

#include "worker/container/gif_blocks.h"
#include "worker/gif/gif_frames.h"
#include "worker/gif/lzw_decoder.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

[[noreturn]] void fail(std::size_t frame, const std::string& what) {
  throw Unsound("frame " + std::to_string(frame + 1) + " " + what);
}

std::string fault_of(const gif::LzwResult& decoded, std::size_t pixels) {
  switch (decoded.end) {
    case gif::LzwEnd::end_code:
      return decoded.indices == pixels ? "" : "has fewer indices than pixels";
    case gif::LzwEnd::full:
      return "has more indices than pixels";
    case gif::LzwEnd::no_more:
      return "has no end code";
    case gif::LzwEnd::wrong_code:
      break;
  }
  return "has a code that stands for nothing";
}

void check_frame(const gif::Animation& animation, std::size_t number, std::vector<std::uint8_t>& indices) {
  const gif::Frame& frame = animation.frames[number];
  if (!frame.whole) fail(number, "ends beyond the file");
  if (frame.width == 0 || frame.height == 0) fail(number, "has no pixels");
  if (frame.left + frame.width > animation.width || frame.top + frame.height > animation.height) {
    fail(number, "reaches beyond the screen");
  }
  if (frame.palette.empty()) fail(number, "has no colours");
  if (frame.root_bits < 2 || frame.root_bits > gif::max_root_bits) fail(number, "has codes of a wrong size");
  indices.resize(frame.pixels());
  const gif::LzwResult decoded =
      gif::decode_lzw(container::joined_sub_blocks(frame.data), frame.root_bits, indices);
  if (const std::string fault = fault_of(decoded, indices.size()); !fault.empty()) fail(number, fault);
  // Some programs also refuse a file whose transparent index is not in the table.
  const auto largest = std::size_t{*std::ranges::max_element(indices)};
  if (largest >= frame.colours()) {
    fail(number,
         "has index " + std::to_string(largest) + ", and " + std::to_string(frame.colours()) + " colours");
  }
}

}  // namespace

Facts examine_gif(std::span<const std::byte> file) {
  const auto animation = gif::read_frames(file);
  if (!animation) throw Unsound("the header is not whole");
  if (!animation->ended) throw Unsound("a block ends beyond the file");
  if (animation->frames.empty()) throw Unsound("it has no frame");
  Facts facts{.width = animation->width,
              .height = animation->height,
              .pages = static_cast<std::uint32_t>(animation->frames.size())};
  std::vector<std::uint8_t> indices;
  for (std::size_t i = 0; i < animation->frames.size(); ++i) {
    check_frame(*animation, i, indices);
    facts.duration_ms += std::uint64_t{10} * static_cast<std::uint64_t>(animation->frames[i].delay);
  }
  return facts;
}

}  // namespace wm::soundness
