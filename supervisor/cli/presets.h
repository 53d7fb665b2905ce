#pragma once

// Named starting points for a mark: the usual settings for a corner logo, a copyright line or a proof.
// Options after --preset override what it set. Pure.

#include <span>
#include <string>
#include <string_view>

#include "common/job/mark.h"

namespace wm {

/// Applies the preset `name` to the mark, which still draws the same logo or text. Throws BadValue when there
/// is no such preset, or when it is not for this kind of mark.
void apply_preset(std::string_view name, Mark& mark);

[[nodiscard]] std::span<const std::string_view> preset_names();

/// The output of --list-presets: each preset, its purpose and the options that it stands for.
[[nodiscard]] std::string preset_list();

}  // namespace wm
