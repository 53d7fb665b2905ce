#pragma once

// Walks over MCUs that stay as they are: finds where they end and what their DC coefficients sum up to, and
// builds no coefficients. Throws DamagedJpeg.

#include <array>
#include <cstddef>
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

/// DC predictors by component.
using Predictors = std::array<int, 4>;

/// Walks over at most `count` MCUs from `position` on; fewer when the window has to slide first. Returns how
/// many. An end behind the window's means that the interval is too short; the caller looks.
std::size_t walk(const std::vector<McuBlock>& mcu, const ScanWindow& window, std::size_t& position,
                 Predictors& predictors, std::size_t count);

/// A sum of differences in range keeps the predictors from overflowing, whatever the file says.
void check(const Predictors& predictors);

}  // namespace wm::jpeg
