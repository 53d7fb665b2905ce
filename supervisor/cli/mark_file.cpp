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
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t largest_mark_file = 64U << 20U;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// ISO base media files that hold still pictures: the major brand follows the size and "ftyp".
bool is_heif(std::string_view head) {
  constexpr std::array<std::string_view, 10> brands{"avif", "avis", "mif1", "msf1", "heic",
                                                    "heix", "hevc", "hevx", "heim", "heis"};
  if (head.size() < 12 || head.substr(4, 4) != "ftyp") return false;
  return std::find(brands.begin(), brands.end(), head.substr(8, 4)) != brands.end();
}

bool is_svg(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (!head.starts_with('<')) return false;
  const std::string_view start = head.substr(0, 4096);
  return start.find("<svg") != std::string_view::npos;
}

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
  const std::string_view head = as_text(bytes);
  if (head.starts_with("\x89PNG\r\n\x1A\n")) return "PNG";
  if (head.starts_with("\xFF\xD8\xFF")) return "JPEG";
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return "WebP";
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return "GIF";
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (head.starts_with(magic)) return "TIFF";
  }
  if (is_heif(head)) return "AVIF/HEIF";
  if (is_svg(head)) return "SVG";
  return {};
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
  const std::string_view head = as_text(bytes);
  if (std::none_of(magics.begin(), magics.end(), [&](auto magic) { return head.starts_with(magic); })) {
    refuse(said, "is not a font (TrueType, OpenType or a collection of them)");
  }
  return bytes;
}

}  // namespace wm
