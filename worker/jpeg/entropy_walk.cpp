#include "worker/jpeg/entropy_walk.h"

#include "worker/jpeg/damaged_jpeg.h"

namespace wm::jpeg {

void check(const Predictors& predictors) {
  for (const int value : predictors) {
    if (value < -32768 || value > 32767) throw DamagedJpeg("a DC coefficient is out of range");
  }
}

std::size_t walk(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t& position,
                 Predictors& predictors, std::size_t count) {
  const std::uint8_t* const bits = window.bits();
  const std::size_t safe_end = window.safe_end();
  std::size_t at = position;
  std::size_t done = 0;
  for (; done < count && at < safe_end; ++done) {
    for (const McuBlock& block : mcu) {
      predictors[block.component] += step_over_block(bits, at, *block.dc, *block.ac);
    }
    check(predictors);
  }
  position = at;
  return done;
}

}  // namespace wm::jpeg
