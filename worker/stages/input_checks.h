#pragma once

// The limits of an input (common/job/input_limits.h), each checked before the limited quantity costs
// anything. Every failure is too_large, and its message names the limit and the option.

#include <cstdint>
#include <span>

#include "common/job/input_limits.h"
#include "common/picture/picture_format.h"
#include "worker/stages/input_file.h"

namespace wm {

/// Checks an opened file that was not read yet: its size, and whether it consists mostly of holes, which take
/// no space on the disk and are read as zeros. Throws TaskFailure.
void check_file_size(const InputFile& file, const InputLimits& limits);

/// Checks the numbers of parts, pages, metadata and pixels declared in the bytes, before a library reads
/// them. Throws TaskFailure.
void check_structure(std::span<const std::byte> bytes, PictureFormat format, const InputLimits& limits);

/// Checks the header as reported by the loader. Throws TaskFailure.
void check_pixels(PictureFormat format, std::uint64_t width, std::uint64_t height, std::uint64_t pages,
                  const InputLimits& limits);

}  // namespace wm
