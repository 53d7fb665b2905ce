#include "supervisor/cli/mark_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/memory_file.h"
#include "common/os/unique_fd.h"
#include "common/picture/picture_format.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t largest_mark_file = 64U << 20U;

[[noreturn]] void refuse(const std::string& said, std::string_view reason) {
  throw UsageError(fmt::format("{}: {}", said, reason));
}

std::vector<std::byte> read_mark_file(const std::string& path, const std::string& said,
                                      std::string_view what) {
  // Not blocking: opening a named pipe must not wait for a writer.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) refuse(said, errno_text());
  struct ::stat status {};
  if (::fstat(file.get(), &status) != 0) refuse(said, errno_text());
  if (S_ISDIR(status.st_mode)) refuse(said, fmt::format("is a directory, not a {} file", what));
  if (!S_ISREG(status.st_mode)) refuse(said, "is not a regular file");
  if (status.st_size == 0) refuse(said, "is empty");
  try {
    return read_whole_file(file.get(), largest_mark_file);
  } catch (const std::length_error&) {
    refuse(said, fmt::format("is larger than 64 MiB, too large for a {}", what == "picture" ? "logo" : what));
  } catch (const std::system_error& error) {
    refuse(said, error.code().message());
  }
}

}  // namespace

std::string_view picture_format(std::span<const std::byte> bytes) {
  const PictureFormat format = sniff_format(bytes);
  if (format == PictureFormat::unknown) return {};
  return format == PictureFormat::heif ? "AVIF/HEIF" : name(format);
}

std::vector<std::byte> read_logo(const std::string& path, const std::string& said) {
  std::vector<std::byte> bytes = read_mark_file(path, said, "picture");
  if (picture_format(bytes).empty()) {
    refuse(said, "is not a picture (PNG, JPEG, WebP, GIF, TIFF, AVIF, HEIF or SVG)");
  }
  return bytes;
}

std::vector<std::byte> read_font_file(const std::string& path, const std::string& said) {
  std::vector<std::byte> bytes = read_mark_file(path, said, "font");
  constexpr std::array<std::string_view, 4> magics{"\0\1\0\0"sv, "OTTO"sv, "true"sv, "ttcf"sv};
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (std::none_of(magics.begin(), magics.end(), [&](auto magic) { return head.starts_with(magic); })) {
    refuse(said, "is not a font (TrueType, OpenType or a collection of them)");
  }
  return bytes;
}

}  // namespace wm
