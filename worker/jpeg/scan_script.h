#pragma once

// The sequence of scans of a file, to be written again. Pure.

#include <vector>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// The file's own scans when they send every bit of every coefficient in an order that the format allows;
/// otherwise none: the writer then takes its usual ones. Sequential scans are of the whole spectrum, whatever
/// they say.
[[nodiscard]] std::vector<Scan> scan_script(const Header& header, const Rest& rest);

/// Whether decoders smooth the picture: its scans leave out bits of a component's lowest coefficients, which
/// libjpeg then guesses from neighbouring blocks. Written again with all bits, those would be what they are.
[[nodiscard]] bool is_smoothed(const Header& header, const Rest& rest);

/// For a progressive file whose own scans cannot be used: ten scans, coarse to fine, luma and chroma apart.
[[nodiscard]] std::vector<Scan> usual_script(const Frame& frame);

}  // namespace wm::jpeg
