#pragma once

// Marks for tests.

#include <memory>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "worker/marks/prepared_mark.h"

namespace wm::test {

/// A coloured disc with soft edges on nothing, `samples` a pixel.
[[nodiscard]] inline std::shared_ptr<const PreparedMark> disc_mark(int width, int height, int samples) {
  auto mark = std::make_shared<PreparedMark>();
  mark->size = {width, height};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double dx = (x + 0.5) / width * 2 - 1;
      const double dy = (y + 0.5) / height * 2 - 1;
      const double inside = (1 - dx * dx - dy * dy) * 1.5;
      mark->alpha.push_back(static_cast<std::uint8_t>(inside <= 0 ? 0 : inside >= 1 ? 255 : inside * 255));
      for (int i = 0; i < samples; ++i) {
        mark->colours.push_back(static_cast<std::byte>((x * 31 + y * 17 + i * 90) & 0xff));
      }
    }
  }
  return mark;
}

/// One colour, one alpha.
[[nodiscard]] inline std::shared_ptr<const PreparedMark> plain_mark(int width, int height, int samples,
                                                                    std::uint8_t alpha) {
  auto mark = std::make_shared<PreparedMark>();
  mark->size = {width, height};
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  mark->alpha.assign(pixels, alpha);
  for (std::size_t i = 0; i < pixels * static_cast<std::size_t>(samples); ++i) {
    mark->colours.push_back(static_cast<std::byte>(samples == 1 || i % 3 == 0 ? 220 : 40));
  }
  return mark;
}

}  // namespace wm::test
