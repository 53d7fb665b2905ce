#pragma once

// Named beginnings for a mark: what most people want of a corner logo, a copyright line, a proof. Options
// after --preset change what it set. Pure.

#include <span>
#include <string>
#include <string_view>

#include "common/job/mark.h"

namespace wm {

/// Sets what the preset `name` says of the mark; what it draws stays. Throws BadValue when there is no such
/// preset, or when it is not for this kind of mark.
void apply_preset(std::string_view name, Mark& mark);

[[nodiscard]] std::span<const std::string_view> preset_names();

/// What --list-presets prints: each preset, what it is for and the options that it stands for.
[[nodiscard]] std::string preset_list();

}  // namespace wm
