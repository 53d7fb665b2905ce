#pragma once

// The sequence of scans with which a file is rewritten. Pure.

#include <vector>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// The file's own scans if they transmit every bit of every coefficient in a valid order; otherwise empty:
/// the writer then uses its usual ones. Sequential scans cover the whole spectrum, whatever their header
/// contains.
[[nodiscard]] std::vector<Scan> scan_script(const Header& header, const Rest& rest);

/// Whether decoders smooth the picture: its scans omit bits of a component's lowest coefficients, which
/// libjpeg then guesses from neighbouring blocks. A rewrite with all bits would disable that guess.
[[nodiscard]] bool is_smoothed(const Header& header, const Rest& rest);

/// For a progressive file whose own scans cannot be used: ten scans, coarse to fine, luma and chroma
/// separate.
[[nodiscard]] std::vector<Scan> usual_script(const Frame& frame);

}  // namespace wm::jpeg
