#include "supervisor/input/output_path.h"

#include <algorithm>
#include <array>
#include <span>

#include "supervisor/input/name_filter.h"
#include "supervisor/text/ascii_case.h"

namespace wm {
namespace {

/// The extensions of a format; new names get the first one.
std::span<const std::string_view> format_extensions(OutputFormat format) {
  static constexpr std::array<std::string_view, 4> jpeg{"jpg", "jpeg", "jpe", "jfif"};
  static constexpr std::array<std::string_view, 1> png{"png"};
  static constexpr std::array<std::string_view, 1> webp{"webp"};
  static constexpr std::array<std::string_view, 2> tiff{"tif", "tiff"};
  static constexpr std::array<std::string_view, 1> avif{"avif"};
  switch (format) {
    case OutputFormat::keep:
      return {};
    case OutputFormat::jpeg:
      return jpeg;
    case OutputFormat::png:
      return png;
    case OutputFormat::webp:
      return webp;
    case OutputFormat::tiff:
      return tiff;
    case OutputFormat::avif:
      return avif;
  }
  return {};
}

}  // namespace

std::string output_path(std::string_view relative, OutputFormat format) {
  const std::span<const std::string_view> extensions = format_extensions(format);
  if (extensions.empty()) return std::string(relative);
  const std::string_view extension = file_extension(relative);
  const auto is_present = [&](std::string_view wanted) { return equal_ignoring_case(extension, wanted); };
  if (std::any_of(extensions.begin(), extensions.end(), is_present)) return std::string(relative);
  const std::size_t dot_and_extension = extension.empty() ? 0 : extension.size() + 1;
  std::string result(relative.substr(0, relative.size() - dot_and_extension));
  result += '.';
  result += extensions.front();
  return result;
}

bool is_safe_output(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace wm
