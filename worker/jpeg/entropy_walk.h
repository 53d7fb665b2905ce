#pragma once

// Walks over unchanged MCUs: finds their end and the sum of their DC differences without building
// coefficients. Throws DamagedJpeg.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/jpeg/block_code.h"
#include "worker/jpeg/scan_window.h"

namespace wm::jpeg {

/// One block of an MCU, in the order of the scan.
struct McuBlock {
  std::size_t component = 0;
  int column = 0, row = 0;  // within the MCU's blocks of this component
  DcTable* dc = nullptr;
  AcTable* ac = nullptr;
};

/// DC predictors by component, or sums of differences. No file has enough blocks to make them overflow.
using Predictors = std::array<std::int64_t, 4>;

/// Walks over at most `count` MCUs starting at `position`; fewer when the window has to slide first. Returns
/// their number. A position beyond the window's end means that the interval is too short; the caller checks
/// that.
std::size_t walk(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t& position,
                 Predictors& predictors, std::size_t count);

/// Walks over the rest of an MCU, starting before its block `slot`, or after coefficient `last` of that
/// block.
void finish_mcu(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t slot,
                std::optional<unsigned> last, std::size_t& position, Predictors& predictors);

}  // namespace wm::jpeg
