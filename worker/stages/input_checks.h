#pragma once

// The limits of an input (common/job/input_limits.h), each before what it bounds costs anything. Every
// failure is too_large, and its message names the limit and the option.

#include <cstdint>
#include <span>

#include "common/job/input_limits.h"
#include "common/picture/picture_format.h"
#include "worker/stages/input_file.h"

namespace wm {

/// Of an opened file that was not read yet: its size, and whether most of it is holes, which cost nothing on
/// the disk and are read as zeros. Throws TaskFailure.
void check_file_size(const InputFile& file, const InputLimits& limits);

/// What the bytes say of parts, pages, metadata and pixels, before a library reads them. Throws TaskFailure.
void check_structure(std::span<const std::byte> bytes, PictureFormat format, const InputLimits& limits);

/// What the loader says of the header. Throws TaskFailure.
void check_pixels(PictureFormat format, std::uint64_t width, std::uint64_t height, std::uint64_t pages,
                  const InputLimits& limits);

}  // namespace wm
