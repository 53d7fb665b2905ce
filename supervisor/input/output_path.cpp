#include "supervisor/input/output_path.h"

#include <algorithm>
#include <array>
#include <span>

#include "supervisor/input/name_filter.h"
#include "supervisor/text/ascii_case.h"

namespace wm {
namespace {

/// The extensions of a format; new names get the first one.
std::span<const std::string_view> format_endings(OutputFormat format) {
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
  const std::span<const std::string_view> endings = format_endings(format);
  if (endings.empty()) return std::string(relative);
  const std::string_view ending = file_extension(relative);
  const auto is_present = [&](std::string_view wanted) { return equal_ignoring_case(ending, wanted); };
  if (std::any_of(endings.begin(), endings.end(), is_present)) return std::string(relative);
  const std::size_t dot_and_ending = ending.empty() ? 0 : ending.size() + 1;
  std::string result(relative.substr(0, relative.size() - dot_and_ending));
  result += '.';
  result += endings.front();
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
