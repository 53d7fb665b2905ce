// What presets promise, measured on pictures that the program has marked.

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

constexpr std::uint8_t grey = 90;

std::string plain_picture(int width, int height) {
  Pixels pixels{width, height, 3, {}};
  pixels.samples.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, grey);
  return encoded(pixels, ".png");
}

struct Area {
  std::int64_t pixels = 0, width = 0, height = 0;
};

/// The largest rectangle in which no mark has changed anything: of each row, the largest under the histogram
/// of unmarked pixels that stand above each other.
Area largest_unmarked(const Pixels& picture) {
  Area best;
  std::vector<std::int64_t> heights(static_cast<std::size_t>(picture.width) + 1, 0);  // the last one stays 0
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      std::int64_t& height = heights[static_cast<std::size_t>(x)];
      height = picture.at(x, y, 0) == grey ? height + 1 : 0;
    }
    std::vector<std::size_t> rising;
    for (std::size_t x = 0; x < heights.size(); ++x) {
      while (!rising.empty() && heights[rising.back()] >= heights[x]) {
        const std::int64_t height = heights[rising.back()];
        rising.pop_back();
        const auto width = static_cast<std::int64_t>(rising.empty() ? x : x - rising.back() - 1);
        if (width * height > best.pixels) best = {width * height, width, height};
      }
      rising.push_back(x);
    }
  }
  return best;
}

TEST_CASE("proof-tiles leave no large clean area, whatever the picture and the mark") {
  const Job job;
  const std::vector<std::pair<int, int>> sizes{{900, 600}, {600, 900}, {600, 600}, {1500, 300}, {160, 120}};
  for (const auto& [width, height] : sizes) {
    write_file(job.in(std::to_string(width) + "x" + std::to_string(height) + ".png"),
               plain_picture(width, height));
  }
  Pixels tall{40, 160, 4, {}};
  for (int i = 0; i < tall.width * tall.height; ++i) {
    tall.samples.insert(tall.samples.end(), {255, 255, 255, 255});
  }
  const std::string tall_logo = job.directory() + "/tall.png";
  write_file(tall_logo, encoded(tall, ".png"));
  for (const Words& mark :
       {Words{"--text", "PROOF"}, Words{"--text", "(c) 2026 Northlight Pictures, all rights reserved"},
        Words{"--logo", job.logo()}, Words{"--logo", tall_logo}}) {
    Words words{Job::supervisor(), "--workers", "1", "--quiet", "--overwrite", "all", "--output", job.out()};
    words.insert(words.end(), mark.begin(), mark.end());
    words.insert(words.end(), {"--preset", "proof-tiles", job.in()});
    const ProgramResult result = job.run_command(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    for (const std::string& name : files_below(job.out())) {
      const Pixels marked = decoded(read_file(job.out(name)));
      const Area area = largest_unmarked(marked);
      INFO(mark.back() << " on " << name << ": " << area.width << "x" << area.height << " unmarked");
      const std::int64_t whole = std::int64_t{marked.width} * marked.height;
      CHECK(area.pixels * 100 < 4 * whole);
      CHECK(area.pixels > 0);  // the picture can still be seen
    }
  }
}

}  // namespace
}  // namespace wm::test
