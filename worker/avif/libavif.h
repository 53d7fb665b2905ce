#pragma once

// libavif's functions, owners for its objects, and its results as exceptions. For the sources of this
// directory.
//
// The library is loaded for the first AVIF. If linked, it and the codecs below it would make the start of
// every worker a fifth longer.

#include <avif/avif.h>

#include <memory>
#include <new>

#include "worker/avif/avif_error.h"

namespace wm::avif {

// clang-format off
#define WM_LIBAVIF_FUNCTIONS(X) \
  X(avifCodecName) \
  X(avifCropRectConvertCleanApertureBox) \
  X(avifDecoderCreate) \
  X(avifDecoderDestroy) \
  X(avifDecoderIsKeyframe) \
  X(avifDecoderNextImage) \
  X(avifDecoderNthImageTiming) \
  X(avifDecoderParse) \
  X(avifDecoderSetIOMemory) \
  X(avifEncoderAddImage) \
  X(avifEncoderCreate) \
  X(avifEncoderDestroy) \
  X(avifEncoderFinish) \
  X(avifEncoderSetCodecSpecificOption) \
  X(avifFullToLimitedY) \
  X(avifGetPixelFormatInfo) \
  X(avifImageAllocatePlanes) \
  X(avifImageCopy) \
  X(avifImageCreate) \
  X(avifImageCreateEmpty) \
  X(avifImageDestroy) \
  X(avifImageRGBToYUV) \
  X(avifImageSetMetadataExif) \
  X(avifImageSetMetadataXMP) \
  X(avifImageSetProfileICC) \
  X(avifImageYUVToRGB) \
  X(avifLimitedToFullY) \
  X(avifRGBImageSetDefaults) \
  X(avifRWDataFree) \
  X(avifResultToString) \
  X(avifVersion)
// clang-format on

struct LibavifFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define WM_LIBAVIF_MEMBER(name) decltype(&::name) name = nullptr;
  WM_LIBAVIF_FUNCTIONS(WM_LIBAVIF_MEMBER)
#undef WM_LIBAVIF_MEMBER
};

/// Throws AvifError (unsupported) when it is not installed.
[[nodiscard]] const LibavifFunctions& libavif();

struct Release {
  void operator()(avifImage* image) const { libavif().avifImageDestroy(image); }
  void operator()(avifDecoder* decoder) const { libavif().avifDecoderDestroy(decoder); }
  void operator()(avifEncoder* encoder) const { libavif().avifEncoderDestroy(encoder); }
};
using Image = std::unique_ptr<avifImage, Release>;
using Decoder = std::unique_ptr<avifDecoder, Release>;
using Encoder = std::unique_ptr<avifEncoder, Release>;

/// Throws AvifError unless `result` means success. `diagnostics` may contain a more detailed message.
void check(avifResult result, const avifDiagnostics* diagnostics = nullptr);

/// Throws std::bad_alloc where libavif returned null.
template <class Owner, class T>
[[nodiscard]] Owner owned(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return Owner(object);
}

}  // namespace wm::avif
