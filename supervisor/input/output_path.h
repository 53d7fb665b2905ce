#pragma once

// Where the marked copy of an input goes. Pure functions over bytes.

#include <string>
#include <string_view>

#include "common/job/recipe.h"

namespace wm {

/// `relative` with the extension of `format`: "a/b.png" becomes "a/b.jpg" for jpeg. A name that already has
/// one of the format's extensions, in any case, stays as it is, and so does every name with
/// OutputFormat::keep.
[[nodiscard]] std::string output_path(std::string_view relative, OutputFormat format);

/// Whether the path is relative and every component an ordinary name, never "", "." or "..". Only such a path
/// may be joined to the output directory.
[[nodiscard]] bool is_safe_output(std::string_view path);

}  // namespace wm
