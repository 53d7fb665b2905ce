#include "worker/jpeg/entropy_walk.h"

namespace wm::jpeg {

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
  }
  position = at;
  return done;
}

void finish_mcu(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t slot,
                std::optional<unsigned> last, std::size_t& position, Predictors& predictors) {
  const std::uint8_t* const bits = window.bits();
  if (last) step_over_ac_slowly(bits, position, *last, mcu[slot++].ac->symbols);
  for (; slot < mcu.size(); ++slot) {
    const McuBlock& block = mcu[slot];
    predictors[block.component] += step_over_block(bits, position, *block.dc, *block.ac);
  }
}

}  // namespace wm::jpeg
