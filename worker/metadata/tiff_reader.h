#pragma once

// Directories of a classic TIFF structure (TIFF 6.0 section 2): TIFF files, EXIF blocks, MPF indices. Every
// offset and size is checked once, here. Only single directories are read, so loops in chains are the
// caller's to bound. Borrows the bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/metadata/bytes.h"

namespace wm::metadata {

enum TiffType : std::uint16_t {
  tiff_byte = 1,
  tiff_ascii = 2,
  tiff_short = 3,
  tiff_long = 4,
  tiff_rational = 5,
  tiff_undefined = 7,
  tiff_srational = 10,
  tiff_ifd = 13,
};

/// Bytes of one value; 0 for a type that TIFF 6.0 does not know.
[[nodiscard]] std::size_t tiff_type_size(std::uint16_t type);
/// How many bytes turn around together: 1, 2, 4 or 8.
[[nodiscard]] std::size_t tiff_word_size(std::uint16_t type);

struct TiffField {
  std::uint16_t tag = 0, type = 0;
  std::uint32_t count = 0;
  std::size_t entry_at = 0;  // of the 12 bytes in the directory
  std::size_t value_at = 0;  // in the entry itself or elsewhere
  std::size_t size = 0;      // of the value in bytes
  bool sound = false;        // known type, value inside the block; the others mean nothing
  [[nodiscard]] bool is_inline() const { return value_at == entry_at + 8; }
  [[nodiscard]] ByteRange range() const { return {value_at, value_at + size}; }
};

struct TiffDirectory {
  std::size_t at = 0, end = 0;  // its table, with the pointer to the next one
  std::vector<TiffField> fields;
  std::size_t next_at = 0;  // of that pointer; 0 when the block ends before it
  std::uint32_t next = 0;
  /// The first sound field of that tag, or null.
  [[nodiscard]] const TiffField* find(std::uint16_t tag) const;
};

class TiffReader {
 public:
  /// None unless there is the header of a classic TIFF.
  [[nodiscard]] static std::optional<TiffReader> open(ByteSpan block);

  [[nodiscard]] ByteSpan block() const { return block_; }
  [[nodiscard]] Endian order() const { return order_; }
  [[nodiscard]] std::uint32_t first_directory() const { return u32(block_, 4, order_); }
  /// None when its table is not inside the block or `at` is within the header.
  [[nodiscard]] std::optional<TiffDirectory> directory(std::size_t at) const;
  /// The directory that a field of `parent` points to.
  [[nodiscard]] std::optional<TiffDirectory> child(const std::optional<TiffDirectory>& parent,
                                                   std::uint16_t tag) const;
  [[nodiscard]] ByteSpan value(const TiffField& field) const {
    return part(block_, field.value_at, field.size);
  }
  /// Value `index` of a BYTE, SHORT or LONG; 0 when there is none.
  [[nodiscard]] std::uint32_t number(const TiffField& field, std::size_t index = 0) const;
  [[nodiscard]] std::uint32_t number(const TiffDirectory& directory, std::uint16_t tag) const;

 private:
  TiffReader(ByteSpan block, Endian order) : block_(block), order_(order) {}
  ByteSpan block_;
  Endian order_;
};

/// "II+\0" or "MM\0+": 64-bit offsets, which nothing here edits.
[[nodiscard]] bool is_big_tiff(ByteSpan bytes);

}  // namespace wm::metadata
