#pragma once

// B(Cb, Cs), the function of each separable blend mode (W3C Compositing and Blending Level 1, section 9.1):
// what the source's colour Cs becomes over a backdrop of colour Cb. Pure.
//
// Colours are 0..1. Floating point pictures may exceed that: the formulas then go on as they are, but those
// of color-dodge, color-burn and soft-light, which have poles and roots there, see the nearest colour inside.

#include <span>

#include "common/job/mark.h"

namespace wm {

/// Replaces each backdrop by B(backdrop, source). `backdrop` and `source` are of equal length.
void apply_blend_mode(BlendMode mode, std::span<double> backdrop, std::span<const double> source);

}  // namespace wm
