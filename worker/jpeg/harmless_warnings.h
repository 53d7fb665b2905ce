#pragma once

// Warnings that libjpeg issues although every pixel is as encoded.

// clang-format off
#include "worker/jpeg/libjpeg.h"
#include <jerror.h>  // its numbers depend on what libjpeg.h defines
// clang-format on

namespace wm::jpeg {

/// `message` is a msg_code of libjpeg. Harmless are stray bytes between segments, unknown revisions of
/// markers, and a sequential scan that is declared as a part of the spectrum.
[[nodiscard]] constexpr bool is_harmless(int message) {
  return message == JWRN_EXTRANEOUS_DATA || message == JWRN_JFIF_MAJOR || message == JWRN_ADOBE_XFORM ||
         message == JWRN_NOT_SEQUENTIAL || message == JWRN_TOO_MUCH_DATA ||
         message == JWRN_BOGUS_PROGRESSION || message == JWRN_BOGUS_ICC;
}

}  // namespace wm::jpeg
