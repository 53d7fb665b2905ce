#pragma once

// Walks over MCUs that stay as they are: finds where they end and what their DC coefficients sum up to, and
// builds no coefficients. Throws DamagedJpeg.

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
  int column = 0, row = 0;  // inside of the MCU's blocks of this component
  DcTable* dc = nullptr;
  AcTable* ac = nullptr;
};

/// DC predictors by component, or sums of differences. No file has so many blocks that these overflow.
using Predictors = std::array<std::int64_t, 4>;

/// Walks over at most `count` MCUs from `position` on; fewer when the window has to slide first. Returns how
/// many. An end after the window's means that the interval is too short; the caller looks.
std::size_t walk(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t& position,
                 Predictors& predictors, std::size_t count);

/// Walks over the rest of an MCU from before its block `slot`, or from after coefficient `last` of that.
void finish_mcu(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t slot,
                std::optional<unsigned> last, std::size_t& position, Predictors& predictors);

}  // namespace wm::jpeg
