#pragma once

// How to treat an output that would replace a file the job did not make, and a picture on which no mark would
// be visible. Values, and the messages for a person.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

enum class IfUnmarked : std::uint8_t {
  fail,
  copy,  // the input is published as it is, or encoded according to the recipe
  skip,  // nothing is published
};
inline constexpr std::array<std::string_view, 3> if_unmarked_names{"fail", "copy", "skip"};

/// A regular file at an output's path that the job did not make, or that has been changed since.
enum class ForeignFile : std::uint8_t {
  refuse,
  replace,
  back_up,  // replaced, but kept under its name plus a suffix
};

struct OutputPolicy {
  IfUnmarked if_unmarked = IfUnmarked::fail;
  ForeignFile foreign = ForeignFile::refuse;
  std::string backup_suffix;  // not empty with ForeignFile::back_up
  bool operator==(const OutputPolicy&) const = default;
};

/// Explains why a file named `output` is not replaced, and what to do about it.
[[nodiscard]] std::string foreign_file_text(std::string_view output);

/// Explains why a file of type `mode` is never replaced: a link, a directory, a special file. Not for regular
/// files.
[[nodiscard]] std::string never_replaced_text(std::string_view output, ::mode_t mode);

}  // namespace wm
