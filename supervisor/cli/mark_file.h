#pragma once

// Reads the files of a mark, logos and fonts, once, so that every worker sees the same for the whole job.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wm {

/// The name of the picture format that the first bytes of a file announce ("PNG"); empty when it is none
/// that can be a logo.
[[nodiscard]] std::string_view picture_format(std::span<const std::byte> bytes);

/// The file's contents: a regular file of at most 64 MiB that begins like a picture. Throws UsageError, which
/// begins with `said`: the option and its place.
[[nodiscard]] std::vector<std::byte> read_logo(const std::string& path, const std::string& said);

/// Likewise a font: TrueType, OpenType, or a collection of them, of at most 64 MiB.
[[nodiscard]] std::vector<std::byte> read_font_file(const std::string& path, const std::string& said);

}  // namespace wm
