#include "worker/stages/input_checks.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/format/file_structure.h"

namespace wm {
namespace {

// Each scan is a pass over all coefficients, and an empty scan costs only a few bytes. libvips has the same
// limit.
constexpr std::uint64_t max_scans = 100;
// Writers make 10 for colours and 18 for CMYK (jpeg_simple_progression()), and optimisers few more. Up to
// this number scans are free; with more of them the picture must be correspondingly smaller.
constexpr std::uint64_t usual_scans = 20;

// Files that are written piecemeal may have some holes, and compressing file systems count fewer blocks than
// there are bytes.
constexpr std::uint64_t allowed_holes = std::uint64_t{16} << 20;
constexpr int most_extents = 4096;

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t shown = 10;
  if (bytes < shown << 10) return fmt::format("{} bytes", bytes);
  if (bytes < shown << 20) return fmt::format("{} KB", bytes >> 10);
  return fmt::format("{} MB", bytes >> 20);
}

TaskFailure too_large(const std::string& message) {
  return {FailureKind::too_large, message};
}

/// Judged by the first `most_extents` pieces of data.
std::uint64_t bytes_of_holes(int fd, std::uint64_t size) {
  std::uint64_t data = 0;
  off_t at = 0;
  for (int i = 0; i < most_extents; ++i) {
    const off_t begin = ::lseek(fd, at, SEEK_DATA);
    if (begin < 0) return errno == ENXIO ? size - std::min(size, data) : 0;
    at = ::lseek(fd, begin, SEEK_HOLE);
    if (at < 0) return 0;
    data += static_cast<std::uint64_t>(at - begin);
  }
  const auto seen = static_cast<std::uint64_t>(at);
  return seen - std::min(seen, data);
}

/// The largest number on overflow.
std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
}

/// For a JPEG that is read scan by scan.
void check_scans(const FileStructure& found, const InputLimits& limits) {
  if (found.scans <= usual_scans) return;
  const std::uint64_t passed = product(product(found.width, found.height), found.scans);
  const std::uint64_t bound = product(limits.pixels, usual_scans);
  if (passed <= bound) return;
  throw too_large(
      fmt::format("has {} scans of {} x {} pixels, {} in all, more than the limit of {} ({} times "
                  "--max-pixels); write it "
                  "again with fewer (jpegtran -progressive)",
                  found.scans, found.width, found.height, passed, bound, usual_scans));
}

std::string_view name_of_pages(PictureFormat format) {
  return format == PictureFormat::tiff ? "pages" : "frames";
}

}  // namespace

void check_file_size(const InputFile& file, const InputLimits& limits) {
  const auto size = static_cast<std::uint64_t>(file.status().st_size);
  if (size > limits.file_bytes) {
    throw too_large(fmt::format("is a file of {}, more than the limit of {} (--max-input)", size_text(size),
                                size_text(limits.file_bytes)));
  }
  constexpr std::uint64_t block = 512;  // of st_blocks
  const std::uint64_t allocated = static_cast<std::uint64_t>(file.status().st_blocks) * block;
  if (size <= allowed_holes || allocated >= size / 2) return;
  const std::uint64_t holes = bytes_of_holes(file.fd(), size);
  if (holes > allowed_holes && holes > size / 2) {
    throw too_large(fmt::format(
        "is a sparse file: {} of its {} are holes, more than the limit of half of it; copy it with "
        "'cp --sparse=never' if they belong to the picture",
        size_text(holes), size_text(size)));
  }
}

void check_structure(std::span<const std::byte> bytes, PictureFormat format, const InputLimits& limits) {
  const FileStructure found = count_structure(bytes, format,
                                              {.parts = limits.parts,
                                               .pages = limits.pages,
                                               .metadata_bytes = limits.metadata_bytes,
                                               .scans = max_scans});
  if (found.excess) {
    switch (*found.excess) {
      case Excess::parts:
        throw too_large(
            fmt::format("has more than {} {}, the limit (--max-parts)", limits.parts, name_of_parts(format)));
      case Excess::pages:
        throw too_large(
            fmt::format("has more than {} {}, the limit (--max-pages)", limits.pages, name_of_pages(format)));
      case Excess::metadata:
        throw too_large(
            fmt::format("has more than {} of metadata when they are unpacked, the limit "
                        "(--max-metadata)",
                        size_text(limits.metadata_bytes)));
      case Excess::scans:
        throw too_large(fmt::format(
            "has more than {} scans, the limit; write it again with fewer (jpegtran -progressive)",
            max_scans));
    }
  }
  check_pixels(format, found.width, found.height, found.pages, limits);
  check_scans(found, limits);
}

void check_pixels(PictureFormat format, std::uint64_t width, std::uint64_t height, std::uint64_t pages,
                  const InputLimits& limits) {
  const std::uint64_t pixels = product(product(width, height), pages);
  if (pages > limits.pages) {
    throw too_large(fmt::format("has {} {}, more than the limit of {} (--max-pages)", pages,
                                name_of_pages(format), limits.pages));
  }
  if (pixels <= limits.pixels) return;
  const std::string each = pages > 1
                               ? fmt::format("{} {} of {} x {}", pages, name_of_pages(format), width, height)
                               : fmt::format("{} x {}", width, height);
  throw too_large(fmt::format("has {} = {} pixels, more than the limit of {} (--max-pixels)", each, pixels,
                              limits.pixels));
}

}  // namespace wm
