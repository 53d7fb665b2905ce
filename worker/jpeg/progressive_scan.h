#pragma once

// The blocks of one scan of a progressive file, as tokens: ITU T.81 G.1. Pure. Throws DamagedJpeg when a
// coefficient is larger than 8-bit samples can produce, NotInPlace when the tokens take too much memory,
// std::bad_alloc.

#include <cstdint>
#include <vector>

#include "worker/jpeg/coefficient_plane.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/scan_tokens.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// Which of the two tables a component uses.
[[nodiscard]] inline std::size_t table_of(std::size_t component) {
  return component == 0 ? 0 : 1;
}

/// DC coefficients of one or several components. Summaries and grids cover all components of the frame.
void code_dc_scan(const Scan& scan, const ScanGeometry& geometry, const std::vector<PlaneSummary>& summaries,
                  std::uint32_t restart_interval, ScanTokens& tokens);

/// AC coefficients of one component; `summary` includes the scan's bits. Uses table 0 of `tokens`.
void code_ac_scan(const Scan& scan, const CoefficientPlane& plane, const PlaneSummary& summary,
                  std::uint32_t restart_interval, ScanTokens& tokens);

}  // namespace wm::jpeg
