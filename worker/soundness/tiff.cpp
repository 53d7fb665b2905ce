#include <optional>
#include <string>

#include "worker/soundness/sound_file.h"
#include "worker/tiff/memory_tiff.h"

namespace wm::soundness {
namespace {

[[noreturn]] void fail(std::uint32_t page, const std::string& what) {
  throw Unsound("page " + std::to_string(page + 1) + " " + what);
}

std::uint32_t number(TIFF* tiff, std::uint32_t tag) {
  std::uint32_t value = 0;
  TIFFGetField(tiff, tag, &value);
  return value;
}

std::uint32_t short_number(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

/// Checks strips or tiles.
void check_pieces(const tiff::MemoryTiff& file, std::uint32_t page, std::size_t file_bytes) {
  TIFF* const tiff = file.get();
  const bool tiled = TIFFIsTiled(tiff) != 0;
  const std::uint32_t pieces = tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const bool plain = short_number(tiff, TIFFTAG_COMPRESSION) == COMPRESSION_NONE;
  const std::uint64_t most = tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  if (pieces == 0 || most == 0) fail(page, "has no pixels");
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < pieces; ++i) {
    const std::uint64_t offset = TIFFGetStrileOffset(tiff, i);
    const std::uint64_t size = TIFFGetStrileByteCount(tiff, i);
    if (size == 0 || offset > file_bytes || size > file_bytes - offset) {
      fail(page, (tiled ? "has tile " : "has strip ") + std::to_string(i) + " beyond the file");
    }
    if (plain && size > most) fail(page, "has a strip with more than its rows");
    total += size;
  }
  if (plain && !tiled) {
    const std::uint64_t rows = number(tiff, TIFFTAG_IMAGELENGTH);
    if (total != rows * TIFFScanlineSize64(tiff)) fail(page, "has strips that are not as long as its rows");
  }
}

Facts facts_of(TIFF* tiff) {
  return {.width = number(tiff, TIFFTAG_IMAGEWIDTH),
          .height = number(tiff, TIFFTAG_IMAGELENGTH),
          .pages = 0,
          .bits = short_number(tiff, TIFFTAG_BITSPERSAMPLE),
          .channels = short_number(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_PALETTE
                          ? 0
                          : short_number(tiff, TIFFTAG_SAMPLESPERPIXEL)};
}

}  // namespace

Facts examine_tiff(std::span<const std::byte> bytes) {
  try {
    const tiff::MemoryTiff file(bytes);
    Facts facts = facts_of(file.get());
    // libtiff stops at a cyclic chain of directories.
    do {
      const Facts page = facts_of(file.get());
      if (page.width != facts.width || page.height != facts.height || page.channels != facts.channels ||
          page.bits != facts.bits) {
        fail(facts.pages, "is of another kind than the first");
      }
      check_pieces(file, facts.pages++, bytes.size());
    } while (TIFFReadDirectory(file.get()) != 0);
    return facts;
  } catch (const Unsound&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw Unsound(error.what());
  }
}

}  // namespace wm::soundness
