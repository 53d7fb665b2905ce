#pragma once

// Turns a failed decoder's messages into one failure with its true cause. Pure.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/job/outcome.h"
#include "common/picture/picture_format.h"

namespace wm {

/// The messages issued while one picture was read, without earlier ones.
struct DecoderWords {
  std::string errors;                 // libvips' error buffer: "DOMAIN: TEXT" lines
  std::vector<std::string> warnings;  // of libvips and the libraries below it, the oldest first
};

/// The reason why the picture `file` (all its bytes, as far as they are known) of this format was not
/// decoded:
///   out_of_memory  the decoder ran out of memory
///   too_large      it exceeds a limit of the decoder, which the message names
///   unsupported    the decoder does not read this kind of picture
///   corrupt        anything else
/// The message quotes the decoder that failed. Messages left over from other steps (a seek probing for the
/// file's end, an invalid profile) are never taken for the cause.
[[nodiscard]] Failure decode_failure(PictureFormat format, std::span<const std::byte> file,
                                     const DecoderWords& words);

}  // namespace wm
