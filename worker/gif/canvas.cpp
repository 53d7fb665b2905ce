#include "worker/gif/canvas.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "worker/container/gif_blocks.h"
#include "worker/gif/lzw_decoder.h"

namespace wm::gif {
namespace {

constexpr std::size_t samples = 4;  // a pixel
using Pixel = std::array<std::uint8_t, samples>;

/// For a file without any colours: as shown by Netscape, and still by decoders.
constexpr std::array<std::byte, 6> black_and_white{std::byte{0},   std::byte{0},   std::byte{0},
                                                   std::byte{255}, std::byte{255}, std::byte{255}};

/// The part of a frame within the screen, in pixels of the screen.
struct Area {
  std::size_t left = 0, top = 0, right = 0, bottom = 0;
  [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
  [[nodiscard]] std::size_t width() const { return right - left; }
};

class Canvas {
 public:
  Canvas(ScreenSize size, std::span<std::uint8_t> pixels)
      : row_(size.width * samples), page_(row_ * size.height), size_(size), pixels_(pixels) {}

  [[nodiscard]] Area area_of(const Frame& frame) const {
    const auto right = std::min<std::size_t>(std::size_t{frame.left} + frame.width, size_.width);
    const auto bottom = std::min<std::size_t>(std::size_t{frame.top} + frame.height, size_.height);
    return {frame.left, frame.top, right, bottom};
  }

  /// The next page begins with the contents of the previous one, or empty.
  void begin_page(std::size_t number) {
    current_ = pixels_.subspan(number * page_, page_);
    if (number == 0) {
      std::ranges::fill(current_, std::uint8_t{0});
    } else {
      std::ranges::copy(pixels_.subspan((number - 1) * page_, page_), current_.begin());
    }
  }

  void clear(const Area& area) {
    if (area.empty()) return;
    for (std::size_t y = area.top; y < area.bottom; ++y) {
      std::memset(row(y, area.left), 0, area.width() * samples);
    }
  }

  [[nodiscard]] std::vector<std::uint8_t> copy_of(const Area& area) {
    std::vector<std::uint8_t> copy;
    if (area.empty()) return copy;
    copy.reserve(area.width() * samples * (area.bottom - area.top));
    for (std::size_t y = area.top; y < area.bottom; ++y) {
      const std::uint8_t* const first = row(y, area.left);
      copy.insert(copy.end(), first, first + area.width() * samples);
    }
    return copy;
  }

  void restore(const Area& area, const std::vector<std::uint8_t>& copy) {
    if (area.empty() || copy.empty()) return;
    const std::size_t bytes = area.width() * samples;
    for (std::size_t y = area.top; y < area.bottom; ++y) {
      std::memcpy(row(y, area.left), copy.data() + (y - area.top) * bytes, bytes);
    }
  }

  /// Draws rows of `indices` in file order.
  void draw(const Frame& frame, std::span<const std::uint8_t> indices) {
    const Area area = area_of(frame);
    if (area.empty()) return;
    const std::vector<Pixel> colours = colours_of(frame);
    for (std::size_t at = 0, stored = 0; at < indices.size(); at += frame.width, ++stored) {
      const auto stored_row = static_cast<std::uint32_t>(stored);
      const std::size_t y =
          frame.top + std::size_t{frame.interlaced ? deinterlaced_row(stored_row, frame.height) : stored_row};
      if (y >= area.bottom) continue;
      const std::size_t count = std::min(area.width(), indices.size() - at);
      std::uint8_t* to = row(y, area.left);
      for (std::size_t x = 0; x < count; ++x, to += samples) {
        const std::uint8_t index = indices[at + x];
        if (index < colours.size() && index != frame.transparent) {
          std::memcpy(to, colours[index].data(), samples);
        }
      }
    }
  }

  [[nodiscard]] bool has_transparent_pixel() const {
    for (std::size_t at = samples - 1; at < current_.size(); at += samples) {
      if (current_[at] == 0) return true;
    }
    return false;
  }

 private:
  std::uint8_t* row(std::size_t y, std::size_t x) { return current_.data() + y * row_ + x * samples; }

  static std::vector<Pixel> colours_of(const Frame& frame) {
    const Bytes palette = frame.palette.empty() ? Bytes(black_and_white) : frame.palette;
    std::vector<Pixel> colours;
    for (std::size_t at = 0; at + 2 < palette.size(); at += 3) {
      const auto sample = [&](std::size_t i) { return std::to_integer<std::uint8_t>(palette[at + i]); };
      colours.push_back({sample(0), sample(1), sample(2), 255});
    }
    return colours;
  }

  std::size_t row_, page_;
  ScreenSize size_;
  std::span<std::uint8_t> pixels_, current_;
};

std::string fault_of(const Frame& frame, const LzwResult& decoded) {
  if (decoded.indices == frame.pixels()) return "";
  if (!frame.whole) return "ends with the file";
  return decoded.end == LzwEnd::wrong_code ? "has a code that stands for nothing"
                                           : "ends before all of its pixels";
}

/// The frame's indices, as far as they can be decoded.
std::vector<std::uint8_t> indices_of(const Frame& frame, std::string& fault) {
  if (frame.root_bits < 1 || frame.root_bits > max_root_bits) {
    const bool cut = !frame.whole && frame.data.empty();
    fault = cut ? "ends with the file" : "has codes of " + std::to_string(frame.root_bits + 1) + " bits";
    return {};
  }
  std::vector<std::uint8_t> indices(frame.pixels());
  const LzwResult decoded = decode_lzw(container::joined_sub_blocks(frame.data), frame.root_bits, indices);
  fault = fault_of(frame, decoded);
  indices.resize(decoded.indices);
  return indices;
}

}  // namespace

ScreenSize screen_of(const Animation& animation) {
  ScreenSize size{animation.width, animation.height};
  if (animation.frames.empty()) return size;
  const Frame& first = animation.frames.front();
  size.width = std::max(size.width, first.left + first.width);
  size.height = std::max(size.height, first.top + first.height);
  return size;
}

Drawn draw_frames(const Animation& animation, std::span<std::uint8_t> pixels) {
  Drawn drawn;
  Canvas canvas(screen_of(animation), pixels);
  std::vector<std::uint8_t> before;  // contents of the last frame's area, if they must be restored
  for (std::size_t number = 0; number < animation.frames.size(); ++number) {
    const Frame& frame = animation.frames[number];
    canvas.begin_page(number);
    if (number > 0) {
      const Frame& last = animation.frames[number - 1];
      if (last.disposal == Disposal::clear) canvas.clear(canvas.area_of(last));
      if (last.disposal == Disposal::restore) canvas.restore(canvas.area_of(last), before);
    }
    before = frame.disposal == Disposal::restore ? canvas.copy_of(canvas.area_of(frame))
                                                 : std::vector<std::uint8_t>{};
    std::string fault;
    const std::vector<std::uint8_t> indices = indices_of(frame, fault);
    canvas.draw(frame, indices);
    drawn.anything = drawn.anything || !indices.empty();
    if (!fault.empty()) {
      if (drawn.fault.empty()) drawn.fault = "frame " + std::to_string(number + 1) + " " + fault;
      drawn.missing_rows += frame.height - (frame.width == 0 ? 0 : indices.size() / frame.width);
    }
    drawn.transparent = drawn.transparent || canvas.has_transparent_pixel();
  }
  return drawn;
}

}  // namespace wm::gif
