#pragma once

// Reads the files of marks (logos and fonts) once, so that every worker uses the same contents throughout the
// job.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wm {

/// The name of the picture format that a file's first bytes indicate ("PNG"); empty when the file cannot be a
/// logo.
[[nodiscard]] std::string_view picture_format(std::span<const std::byte> bytes);

/// The contents of a file, which must be a regular file of at most 64 MiB that begins like a picture. Throws
/// UsageError, whose message begins with `said`: the option and its place.
[[nodiscard]] std::vector<std::byte> read_logo(const std::string& path, const std::string& said);

/// Likewise for a font: TrueType, OpenType, or a collection of them, of at most 64 MiB.
[[nodiscard]] std::vector<std::byte> read_font_file(const std::string& path, const std::string& said);

}  // namespace wm
