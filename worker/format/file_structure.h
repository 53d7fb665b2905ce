#pragma once

// Counts the parts of a file, in one pass over its bytes and before any library reads them: libraries keep a
// list of all chunks, unpack every text, or search for each page from the first one on, so that a small file
// can cost them gigabytes or minutes. Stops at the first exceeded bound. Total: damage ends the count, and
// the decoder reports it. Pure, except for zlib's memory. Throws std::bad_alloc.
//
//   JPEG  marker segments up to the first scan, and all scans where libjpeg decodes scan by scan (ITU T.81)
//   PNG   chunks; texts and profiles by their unpacked size (ISO/IEC 15948)
//   GIF   blocks; frames have the size of the screen (GIF89a)
//   WebP  chunks; frames have the size of the canvas (RIFF container specification)
//   TIFF  tags of all pages, pages of the same size as the first one (TIFF 6.0, BigTIFF)
//   HEIF  boxes; EXIF, XMP and profiles of items; frames of a sequence, of the primary picture's size
//         (ISO/IEC 14496-12, 23008-12)
//
// EXIF blocks of JPEG, PNG, WebP and HEIF files are embedded TIFF files, and their tags count as well.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/picture/picture_format.h"

namespace wm {

struct StructureBounds {
  std::uint64_t parts = 0;
  std::uint64_t pages = 0;
  std::uint64_t metadata_bytes = 0;
  std::uint64_t scans = 0;
};

/// The exceeded bound.
enum class Excess : std::uint8_t { parts, pages, metadata, scans };

struct FileStructure {
  std::optional<Excess> excess;  // if set, the counts below are incomplete
  std::uint64_t parts = 0;
  std::uint64_t pages = 1;  // frames or pages that would be decoded
  std::uint64_t width = 0;  // of one of them; 0: unknown here
  std::uint64_t height = 0;
  std::uint64_t metadata_bytes = 0;  // unpacked, or an allowed upper bound
  std::uint64_t scans = 0;           // of a JPEG that is decoded scan by scan
};

[[nodiscard]] FileStructure count_structure(std::span<const std::byte> file, PictureFormat format,
                                            const StructureBounds& bounds);

/// The name of a file's parts: "chunks".
[[nodiscard]] std::string_view name_of_parts(PictureFormat format);

}  // namespace wm
