#pragma once

// B(Cb, Cs), the function of each separable blend mode (W3C Compositing and Blending Level 1, section 9.1):
// the colour that results from the source's colour Cs over a backdrop of colour Cb. Pure.
//
// Colours are 0..1. Floating point pictures may exceed that: the formulas are then simply continued, except
// for color-dodge, color-burn and soft-light, which have poles and roots there and use the nearest colour
// inside.

#include <span>

#include "common/job/mark.h"

namespace wm {

/// Replaces each backdrop by B(backdrop, source). `backdrop` and `source` have the same length.
void apply_blend_mode(BlendMode mode, std::span<double> backdrop, std::span<const double> source);

}  // namespace wm
